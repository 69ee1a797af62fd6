/** A story as a page: what was found in sentences and charts, then every column, then what to mind about the file. */
import { html } from "hono/html";
import type { ColumnFacts, DateFacts, Finding, Story } from "../../story.js";
import { count, dateOf, percent, plural } from "../../words.js";
import type { ShelvedStory } from "../story-shelf.js";
import { chartFigure } from "./charts.js";
import { columnCards } from "./column-cards.js";
import { askedAt, dayOf, tookInWords } from "./dates.js";
import { icon, layout, type Markup, type Visitor } from "./layout.js";

export function storyPage(visitor: Visitor, { jobId, story, madeAt }: ShelvedStory): Markup {
  return layout({
    title: story.title,
    visitor,
    current: "stories",
    width: "story",
    skipTo: "the story",
    data: { page: "story" },
    content: html`<div class="story-kicker"><span class="status s-completed">${icon("completed")}Done in ${tookInWords(madeAt.getTime() - askedAt(jobId))}</span><span>${story.file.name}</span><time datetime="${madeAt.toISOString()}">${dayOf(madeAt)}</time></div>
<h1 tabindex="-1" id="title">${story.title}</h1>
<p class="story-lede">${story.lede}</p>
<dl class="facts">${factsOf(story).map(([name, value, more]) => html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`)}</dl>
${story.findings.map(finding)}
<section class="story-columns"><h2>The columns</h2>${columnCards(story.columns)}</section>
${story.notes.length === 0 ? "" : html`<section class="aside"><h2>Worth knowing about this file</h2><ul>${story.notes.map((note) => html`<li>${note}</li>`)}</ul></section>`}
<footer class="wm-job-actions story-foot"><a class="wm-button" href="/stories/${jobId}/figures.csv" download>${icon("down")}Download the figures</a><a class="wm-button" data-kind="quiet" href="/">Tell another story</a><p class="wm-job-ref">Made by job <code>${jobId}</code></p></footer>`,
  });
}

function finding({ kind, title, text, how, chart }: Finding, index: number): Markup {
  return html`<section class="finding"><div><p class="finding-no">Finding ${index + 1}</p><h2>${title}</h2><p>${text}</p><p class="how">${how}</p></div>${chart === null ? "" : chartFigure(chart, kind, `finding-${index + 1}`)}</section>`;
}

type Fact = readonly [name: string, value: string, more: string];

/** Four figures that tell what kind of table it is. */
function factsOf({ rows, columns, findings }: Story): readonly Fact[] {
  const cells = rows * columns.length;
  const missing = columns.reduce((sum, column) => sum + column.missing, 0);
  const date = columns.find((column): column is ColumnFacts & DateFacts => column.type === "date");
  return [
    ["Rows", count(rows), date?.gaps === 0 ? "none left out" : "all of them read"],
    ["Columns", count(columns.length), kinds(columns)],
    date === undefined ? ["Findings", count(findings.length), "strong enough to tell"] : span(date),
    [
      "Filled cells",
      percent(cells === 0 ? 1 : 1 - missing / cells),
      missing === 0 ? "none empty" : `${count(missing)} empty`,
    ],
  ];
}

function span({ precision, first, last }: DateFacts): Fact {
  const [from, to] = [new Date(first).getUTCFullYear(), new Date(last).getUTCFullYear()];
  const exact =
    precision === "year" ? plural(to - from + 1, "year") : `${dateOf(precision, first)} to ${dateOf(precision, last)}`;
  return ["Time", from === to ? String(from) : `${from}–${to}`, exact];
}

function kinds(columns: readonly ColumnFacts[]): string {
  const of = (...types: ColumnFacts["type"][]): number => columns.filter(({ type }) => types.includes(type)).length;
  const parts = [
    [of("number"), "numeric"],
    [of("date"), "date"],
    [of("category", "text", "boolean"), "text"],
  ] as const;
  return parts
    .filter(([n]) => n > 0)
    .map(([n, what]) => `${n} ${what}`)
    .join(", ");
}
