/** What each column holds, as cards: a small picture and four or five figures. */
import { html, raw } from "hono/html";
import type { Chart, ColumnFacts, DateFacts, NumberFacts, WordFacts } from "../../story.js";
import { count, dateOf, figureOf, meanOf, plural } from "../../words.js";
import type { Markup } from "./layout.js";

/** Cards shown at once; the others are behind a fold. */
const SHOWN = 6;
const TONES = ["c-lake", "c-ochre", "c-stone", "c-pale", "c-plum"];

export function columnCards(columns: readonly ColumnFacts[]): Markup {
  const [first, rest] = [columns.slice(0, SHOWN), columns.slice(SHOWN)];
  return html`<div class="columns">${first.map(card)}</div>
${rest.length === 0 ? "" : html`<details class="more-columns"><summary>${plural(rest.length, "more column")}</summary><div class="columns">${rest.map(card)}</div></details>`}`;
}

function card(column: ColumnFacts): Markup {
  return html`<article class="column"><h3><b>${column.name}</b><span>${kindOf(column)}</span></h3>${body(column)}</article>`;
}

function kindOf(column: ColumnFacts): string {
  switch (column.type) {
    case "number":
      return column.unit === null ? "number" : `number · ${column.unit}`;
    case "date":
      return column.step === null ? "date" : `date · by ${column.step}`;
    case "category":
      return `words · ${plural(column.distinct, "value")}`;
    case "boolean":
      return "yes or no";
    case "text":
      return `text · ${count(column.distinct)} different`;
    case "empty":
      return "empty";
  }
}

function body(column: ColumnFacts): Markup {
  switch (column.type) {
    case "number":
      return ofNumbers(column);
    case "date":
      return ofDates(column);
    case "empty":
      return html`<p class="column-note">Every cell is empty.</p>`;
    default:
      return ofWords(column);
  }
}

function ofNumbers(column: ColumnFacts & NumberFacts): Markup {
  const { min, max, mean, median, lowerQuarter, upperQuarter, spread, zeros, missing } = column;
  const chart = column.chart?.type === "bars" ? standing(column.chart, `Histogram of ${column.name}`) : "";
  return html`${chart}<div class="ends" aria-hidden="true"><span>${figureOf(column, min)}</span><span>${figureOf(column, max)}</span></div>${figures(
    [
      ["Median", figureOf(column, median)],
      ...(mean === null ? [] : [["Mean", meanOf(column, mean)] as const]),
      ["Middle half", `${figureOf(column, lowerQuarter)} to ${figureOf(column, upperQuarter)}`],
      zeros > 0 || spread === null ? ["Zero", plural(zeros, "row")] : ["Spread (sd)", meanOf(column, spread)],
      ...empty(missing),
    ],
  )}`;
}

function ofDates(column: ColumnFacts & DateFacts): Markup {
  const { precision, first, last, step, gaps, distinct, missing } = column;
  return html`${raw(SPAN)}${figures([
    ["First", dateOf(precision, first)],
    ["Last", dateOf(precision, last)],
    ["Different", count(distinct)],
    ...(step === null || gaps === null ? [] : [["Gaps", gaps === 0 ? "none" : plural(gaps, step)] as const]),
    ...empty(missing),
  ])}`;
}
/** From the first day to the last: a way with two posts. */
const SPAN =
  '<svg class="span" viewBox="0 0 100 52" preserveAspectRatio="none" aria-hidden="true"><path class="line c-lake" d="M2 26H98"/><path class="dots c-lake" data-big="true" d="M2 26h0M98 26h0"/></svg>';

function ofWords({ name, top, distinct, missing }: ColumnFacts & WordFacts): Markup {
  const most = Math.max(1, ...top.map((each) => each.count));
  const bars = top.map(
    (each, i) =>
      `<rect class="bar-fill ${TONES[i]}" x="0" y="${(i * 10.6).toFixed(1)}" width="${((100 * each.count) / most).toFixed(1)}" height="7.6"/>`,
  );
  // Texts that are all different have nothing to compare.
  const picture = most > 1 ? pictureOf(bars.join(""), `The most frequent values of ${name}`) : "";
  const others = distinct - top.length;
  return html`${picture}${figures([
    ...top.map((each) => [each.value, count(each.count)] as const),
    ...(others > 0 ? [["others", plural(others, "value")] as const] : []),
    ...empty(missing),
  ])}`;
}

function standing({ values }: Extract<Chart, { type: "bars" }>, label: string): Markup {
  const most = Math.max(...values, 1);
  const slot = 100 / values.length;
  const bars = values.map((value, i) => {
    const height = (50 * value) / most;
    return `<rect class="bar-fill c-lake" x="${(i * slot + slot * 0.1).toFixed(2)}" y="${(52 - height).toFixed(1)}" width="${(slot * 0.8).toFixed(2)}" height="${height.toFixed(1)}"/>`;
  });
  return pictureOf(bars.join(""), label);
}

function pictureOf(shapes: string, label: string): Markup {
  return html`<svg viewBox="0 0 100 52" preserveAspectRatio="none" role="img" aria-label="${label}">${raw(shapes)}</svg>`;
}

function figures(rows: readonly (readonly [string, string])[]): Markup {
  return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
function empty(missing: number): readonly (readonly [string, string])[] {
  return missing === 0 ? [] : [["Empty", plural(missing, "row")]];
}
