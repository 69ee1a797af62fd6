/** All stories of one user, newest first. */
import { html } from "hono/html";
import { count, plural } from "../../words.js";
import type { ShelvedStory } from "../story-shelf.js";
import { dayOf } from "./dates.js";
import { layout, type Markup, type Visitor } from "./layout.js";

export function storiesPage(visitor: Visitor, stories: readonly ShelvedStory[]): Markup {
  return layout({
    title: "My stories",
    visitor,
    current: "stories",
    width: "page start",
    skipTo: "the stories",
    content: html`<h1>My stories</h1>
<p class="lede">${stories.length === 0 ? "None yet." : `${plural(visitor.stories, "story", "stories")}, the newest first.`}</p>
${
  stories.length === 0
    ? html`<p class="aside">A story appears here when its job is done. <a href="/">Bring a table</a> or take one of the data sets.</p>`
    : html`<ul class="shelf">${stories.map(
        ({ jobId, story, madeAt }) =>
          html`<li><a href="/stories/${jobId}">${story.title}</a><p>${story.file.name} · ${count(story.rows)} rows · <time datetime="${madeAt.toISOString()}">${dayOf(madeAt)}</time></p></li>`,
      )}</ul>`
}`,
  });
}
