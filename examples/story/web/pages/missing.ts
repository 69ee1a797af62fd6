/** No job or story at this address, or not any more. Unknown and foreign ones look the same. */
import { html } from "hono/html";
import { dayOf } from "./dates.js";
import { icon, layout, type Markup, type Visitor } from "./layout.js";

export function notFoundPage(visitor: Visitor): Markup {
  return layout({
    title: "Not found",
    visitor,
    skipTo: "the message",
    content: html`<article class="wm-job" data-status="cancelled" data-variant="full">
<header class="wm-job-head">${icon("unknown", "wm-job-mark")}<div><h1 class="wm-job-title">No job at this address</h1></div></header>
<p class="wm-job-text">The link may be incomplete, or it belongs to another account.</p>
<footer class="wm-job-actions"><a class="wm-button" href="/">All my jobs</a></footer>
</article>`,
  });
}

/** @param status  how the job had ended; `finishedAt` when */
export function gonePage(visitor: Visitor, status: string, finishedAt: Date): Markup {
  const day = dayOf(finishedAt);
  return layout({
    title: `Finished on ${day}`,
    visitor,
    skipTo: "the message",
    content: html`<article class="wm-job" data-status="cancelled" data-variant="full">
<header class="wm-job-head">${icon("purged", "wm-job-mark")}<div><h1 class="wm-job-title">Finished on <time datetime="${finishedAt.toISOString()}">${day}</time></h1></div></header>
<p class="wm-job-text">It was ${status}. Its details and result were kept for a while and have since been cleared.</p>
<footer class="wm-job-actions"><a class="wm-button" href="/">Start a new one</a></footer>
</article>`,
  });
}
