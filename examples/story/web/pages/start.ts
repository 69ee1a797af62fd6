/** The first page: bring a file, take a data set, or rehearse a bad day; below, what is on the way. */
import { html } from "hono/html";
import { count } from "../../words.js";
import { type RehearsalChoice, SAMPLES } from "../samples.js";
import { contours } from "./contours.js";
import { layout, type Markup, type Visitor } from "./layout.js";

export function startPage(visitor: Visitor, rehearsals: readonly RehearsalChoice[]): Markup {
  return layout({
    title: "New story",
    visitor,
    current: "new",
    width: "page start",
    skipTo: "the upload",
    data: { page: "start" },
    content: html`<h1>Bring a table, get its story</h1>
<p class="lede">Findings in sentences, figures for every column, charts. You can watch each step.</p>
<div class="drop" id="drop">${contours()}<label class="drop-zone"><input type="file" id="file" accept=".csv,.tsv,.txt,text/csv" aria-describedby="drop-note"><span class="drop-sign"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M0-5 5 0 0 5-5 0Z" transform="translate(8 8)"/></svg></span><b id="drop-title">Drop a CSV file here</b><span class="soft" id="drop-note">or <u>choose one</u>. Up to 20 MB; it stays on this machine.</span></label></div>
<p class="drop-problem" id="problem" role="alert"></p>
<h2>Or take one of these</h2>
<ul class="picks picks-samples">${SAMPLES.map(
      (sample) =>
        html`<li><button type="button" class="pick" data-sample="${sample.id}"><b>${sample.file}</b><span>${sample.about}</span><span class="faint">${count(sample.rows)} rows</span></button></li>`,
    )}</ul>
<h2>Or rehearse a bad day</h2>
<ul class="picks">${rehearsals.map(
      ({ id, title, about }) =>
        html`<li><button type="button" class="pick" data-rehearsal="${id}"><b>${title}</b><span>${about}</span></button></li>`,
    )}</ul>
<section id="jobs"></section>
<noscript><p class="aside">This page needs JavaScript to send files and to show how far they are.</p></noscript>`,
  });
}
