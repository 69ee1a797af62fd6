/** Where one job is: what was brought, the map, the status, and two assurances. The status itself is `<JobStatus>`. */
import { html } from "hono/html";
import type { JobStatusInfo } from "waymark";
import { toWire } from "waymark/http";
import { sizeInWords } from "../../table/refuse.js";
import { count } from "../../words.js";
import { map } from "./contours.js";
import { icon, layout, type Markup, type Visitor } from "./layout.js";

export function processingPage(visitor: Visitor, info: JobStatusInfo): Markup {
  const name = text(info.metadata["fileName"]) ?? "your table";
  const bytes = figure(info.metadata["bytes"]);
  const rows = figure(info.metadata["rows"]);
  const facts = [
    name,
    ...(bytes === undefined ? [] : [sizeInWords(bytes)]),
    ...(rows === undefined ? [] : [`${count(rows)} rows`]),
  ];
  return layout({
    title: name,
    visitor,
    skipTo: "the status",
    data: { page: "job", job: info.jobId, subject: name, status: JSON.stringify(toWire(info)) },
    content: html`<h1>Turning your data into a story</h1>
<p class="lede">${facts.join(" · ")}</p>
${map()}
<div id="job"></div>
<div class="assure"><p id="meanwhile">${icon("door")}<span>You can close this page. The work goes on, and this address keeps showing where it is.</span></p>
<p>${icon("link")}<span>Job <code>${info.jobId}</code>. Only you can see it.</span></p></div>
<noscript><p class="aside">This page needs JavaScript to follow the job. <a href="/jobs/${info.jobId}">Look again</a></p></noscript>`,
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
function figure(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
