/** The map behind the drop zone and the processing page. Decoration: nothing in it has to be read. */
import { readFileSync } from "node:fs";
import { html, raw } from "hono/html";
import type { Markup } from "./layout.js";

const read = (name: string): string => readFileSync(new URL(`../art/${name}`, import.meta.url), "utf8");
/** Height lines, without the `svg` around them. */
const LINES = read("contours.svg").replace(/<\/?svg[^>]*>/g, "");
/** The way across the map, as points; the stages are marked on it. */
const ROUTE = read("route.txt").trim();

export function contours(): Markup {
  return html`<svg class="start-map" viewBox="0 0 720 236" preserveAspectRatio="xMidYMid slice" aria-hidden="true">${raw(LINES)}</svg>`;
}

/** The map with the way still all ahead; the page's script lets it be walked. */
export function map(): Markup {
  return html`<div class="map" id="map"><svg viewBox="0 0 720 236" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
<rect class="map-ground" width="720" height="260"/>
${raw(WOODS)}
${raw(LINES)}
${raw(LAKE)}
<path class="map-halo" d="${ROUTE}"/><path class="map-ahead" d="${ROUTE}"/>
<path class="map-walked" d="${ROUTE}" pathLength="100" stroke-dasharray="0 200"/>
</svg></div>`;
}

const WOODS =
  '<path class="map-wood" d="M-10 -10 H250 C262 40 214 62 176 96 C130 130 60 120 -10 132Z"/><path class="map-wood" d="M520 270 C540 214 600 168 660 150 C700 138 730 142 740 140 V270Z"/>';
const LAKE =
  '<path class="map-lake" d="M352 214 C372 190 430 196 462 206 C500 216 540 206 548 226 C556 248 500 256 452 250 C400 246 336 240 352 214Z"/>';
