/**
 * Draws a story's charts: shapes in an SVG that stretches, words in HTML beside it, so that words never do. Attributes
 * only, no style. Each drawing is one picture with a sentence, and the same figures stand in a table behind a button.
 */
import { html, raw } from "hono/html";
import type { Chart } from "../../story.js";
import { figure, MONTHS, percent } from "../../words.js";
import type { Markup } from "./layout.js";
import { type Scale, scaleOf } from "./scale.js";

type Bars = Extract<Chart, { type: "bars" }>;
type Points = Extract<Chart, { type: "points" }>;

/** @param id  unique on the page; ties the button to its table */
export function chartFigure(chart: Chart, kind: string, id: string): Markup {
  return html`<figure class="chart-figure"><figcaption><b id="${id}-title">${chart.title}</b>${kind === "concentration" ? TENTH : ""}</figcaption>
${drawing(chart, kind)}
<button type="button" class="wm-button table-button" data-kind="quiet" aria-expanded="false" aria-controls="${id}-table" data-table="${id}-table">Show as table</button>
<div class="chart-table" id="${id}-table" role="region" tabindex="0" aria-labelledby="${id}-title" hidden>${tableOf(chart)}</div>
</figure>`;
}

const TENTH = html`<ul class="legend"><li class="c-blaze"><i data-dash></i>a tenth of the rows</li></ul>`;

function drawing(chart: Chart, kind: string): Markup {
  if (chart.type === "points") return chart.joined ? line(chart, kind) : cloud(chart);
  return chart.labels.every((label) => MONTHS.includes(label)) ? months(chart) : lying(chart);
}

/** Twelve standing bars; the months above the middle are the strong ones. */
function months(chart: Bars): Markup {
  const scale = scaleOf(chart.values, true);
  const middle = chart.values.reduce((sum, value) => sum + value, 0) / chart.values.length;
  const slot = 100 / chart.values.length;
  const zero = scale.down(0);
  const bars = chart.values.map((value, i) => {
    const top = scale.down(value);
    const tone = value > middle ? "c-lake" : "c-pale";
    return `<rect class="bar-fill ${tone}" x="${(i * slot + slot / 6).toFixed(2)}" width="${((slot * 2) / 3).toFixed(2)}" y="${Math.min(top, zero)}" height="${Math.abs(zero - top).toFixed(2)}"/>`;
  });
  return plot(
    scale,
    bars.join("") + (scale.low < 0 ? `<line class="zero-line" x1="0" x2="100" y1="${zero}" y2="${zero}"/>` : ""),
    sentenceOfBars(chart),
    html`<div class="chart-x" data-slots aria-hidden="true">${chart.labels.map((label) => html`<span>${label.slice(0, 1)}<span class="rest">${label.slice(1, 3)}</span></span>`)}</div>`,
  );
}

/** Bars of named things lie, so that the names have room. */
function lying(chart: Bars): Markup {
  const most = Math.max(...chart.values.map(Math.abs), Number.MIN_VALUE);
  return html`<div class="lying" role="img" aria-label="${sentenceOfBars(chart)}">${chart.labels.map((label, i) => {
    const value = chart.values[i] ?? 0;
    const share = ((100 * Math.abs(value)) / most).toFixed(2);
    return html`<span class="lying-name">${label}</span><svg class="lying-bar" aria-hidden="true"><rect class="bar-fill ${value < 0 ? "c-ochre" : "c-lake"}" width="${share}%" height="100%" rx="2"/></svg><span class="lying-value">${write(value)}</span>`;
  })}</div>`;
}

function line(chart: Points, kind: string): Markup {
  const share = kind === "concentration";
  const xs = chart.points.map(([x]) => x);
  const left = xs.reduce((a, b) => Math.min(a, b), xs[0] ?? 0);
  const right = xs.reduce((a, b) => Math.max(a, b), left);
  const scale = scaleOf(share ? [0, 1] : chart.points.map(([, y]) => y), share);
  const across = (x: number): number => Number(((100 * (x - left)) / (right - left || 1)).toFixed(2));
  const path = chart.points.map(([x, y]) => `${across(x)} ${scale.down(y)}`).join(" ");
  const tone = share ? "c-lake" : "c-ochre";
  // Only what begins at nothing is filled.
  const area = share ? `<path class="area ${tone}" d="M0 100L${path} 100 100Z"/>` : "";
  const stroke = `<path class="line ${tone}" d="M${path}"/>`;
  const dots =
    chart.points.length > 12
      ? ""
      : `<path class="dots ${tone}" data-big d="${dotsOf(chart.points.map(([x, y]) => [across(x), scale.down(y)]))}"/>`;
  return plot(
    scale,
    area + stroke + dots + (share ? tenth(chart, across, scale) : ""),
    share ? sentenceOfShares(chart) : sentenceOfLine(chart),
    xAxis(share ? ["largest row", "half of the rows", "smallest"] : placesBetween(left, right)),
    share ? percent : scale.write,
  );
}

/** Many pairs, each a dot. Dots are round line ends, which keep their shape when the picture is stretched. */
function cloud(chart: Points): Markup {
  const scale = scaleOf(
    chart.points.map(([, y]) => y),
    false,
  );
  const wide = scaleOf(
    chart.points.map(([x]) => x),
    false,
  );
  const d = dotsOf(chart.points.map(([x, y]) => [Number((100 - wide.down(x)).toFixed(2)), scale.down(y)]));
  const axis = xAxis([wide.write(wide.low), `${chart.x} →`, wide.write(wide.high)]);
  return plot(scale, `<path class="dots c-lake" d="${d}"/>`, sentenceOfCloud(chart), axis, scale.write, `↑ ${chart.y}`);
}

function plot(
  scale: Scale,
  shapes: string,
  sentence: string,
  axis: Markup,
  write: (value: number) => string = scale.write,
  above = "",
): Markup {
  const grid = scale.ticks.map(
    (tick) => `<line class="grid-line" x1="0" x2="100" y1="${scale.down(tick)}" y2="${scale.down(tick)}"/>`,
  );
  return html`${above === "" ? "" : html`<p class="chart-above" aria-hidden="true">${above}</p>`}<div class="chart"><div class="chart-y" aria-hidden="true">${scale.ticks.toReversed().map((tick) => html`<span>${write(tick)}</span>`)}</div><svg class="plot" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="${sentence}">${raw(grid.join("") + shapes)}</svg>${axis}</div>`;
}

/** The ends, and the middle when it can be said as shortly. */
function placesBetween(left: number, right: number): string[] {
  const middle = (left + right) / 2;
  return [left, ...(Number.isInteger(middle) ? [middle] : []), right].map(plain);
}

function xAxis(words: readonly string[]): Markup {
  return html`<div class="chart-x" aria-hidden="true">${words.map((word) => html`<span>${word}</span>`)}</div>`;
}

/** Where the largest tenth of the rows stands on the curve. */
function tenth(chart: Points, across: (x: number) => number, scale: Scale): string {
  const at = shareOfTenth(chart);
  const [x, y] = [across(0.1), scale.down(at)];
  return `<line class="line c-blaze" data-dash="true" x1="${x}" x2="${x}" y1="100" y2="${y}"/><line class="line c-blaze" data-dash="true" x1="0" x2="${x}" y1="${y}" y2="${y}"/>`;
}

/** Read off the curve, between its two nearest points. */
function shareOfTenth({ points }: Points): number {
  const after = points.findIndex(([x]) => x >= 0.1);
  const [x1, y1] = points[Math.max(0, after)] ?? [1, 1];
  const [x0, y0] = points[Math.max(0, after - 1)] ?? [0, 0];
  return x1 === x0 ? y1 : y0 + ((0.1 - x0) / (x1 - x0)) * (y1 - y0);
}

function dotsOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y]) => `M${x} ${y}h0`).join("");
}

function sentenceOfBars({ labels, values }: Bars): string {
  const [high, low] = [values.indexOf(Math.max(...values)), values.indexOf(Math.min(...values))];
  return `Bars: ${labels[high]} has the most with ${write(values[high] ?? 0)}, ${labels[low]} the least with ${write(values[low] ?? 0)}.`;
}
function sentenceOfLine({ x, y, points }: Points): string {
  const [first, last] = [points[0] ?? [0, 0], points.at(-1) ?? [0, 0]];
  return `Line: ${y} goes from ${write(first[1])} at ${x} ${plain(first[0])} to ${write(last[1])} at ${x} ${plain(last[0])}.`;
}
function sentenceOfShares(chart: Points): string {
  return `Curve: the largest tenth of the rows makes up ${percent(shareOfTenth(chart))} of the sum.`;
}
function sentenceOfCloud({ x, y, points }: Points): string {
  return `Cloud of ${points.length} points: ${x} to the right, ${y} upwards.`;
}

function tableOf(chart: Chart): Markup {
  if (chart.type === "bars") {
    return table(
      ["", "Value"],
      chart.labels.map((label, i) => [label, write(chart.values[i] ?? 0)]),
    );
  }
  return table(
    [chart.x, chart.y],
    chart.points.map(([x, y]) => [plain(x), write(y)]),
  );
}

/** The first cell of a row names it. */
function table([first = "", ...more]: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const corner = first === "" ? html`<td></td>` : html`<th scope="col">${first}</th>`;
  return html`<table><thead><tr>${corner}${more.map((head) => html`<th scope="col" class="num">${head}</th>`)}</tr></thead><tbody>${rows.map(
    ([name = "", ...cells]) =>
      html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td class="num">${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

/** As many digits as say something. */
export function write(value: number): string {
  const size = Math.abs(value);
  return figure(value, size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 1 || size === 0 ? 2 : 4);
}
/** A place on an axis: years have no thousands sign. */
function plain(value: number): string {
  return Number.isInteger(value) && value >= 1_000 && value <= 2_999 ? String(value) : write(value);
}
