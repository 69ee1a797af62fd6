/** Choosing who one is. A demo asks for no password; the cookie it gives is signed all the same. */
import { html } from "hono/html";
import { USERS } from "../session.js";
import { layout, type Markup } from "./layout.js";

/** @param next  a path of this site, opened afterwards */
export function signInPage(next: string): Markup {
  return layout({
    title: "Who is here?",
    visitor: { user: null, stories: 0 },
    width: "page start",
    skipTo: "the choice",
    content: html`<h1>Who is here?</h1>
<p class="lede">Two people share this demo, and neither sees the other’s jobs. Choose one; there is no password.</p>
<form method="post" action="/sign-in">
<input type="hidden" name="next" value="${next}">
<ul class="picks picks-users">${USERS.map(
      (user) =>
        html`<li><button class="pick" name="user" value="${user.id}"><b>${user.name}</b><span>${user.about}</span></button></li>`,
    )}</ul>
</form>`,
  });
}
