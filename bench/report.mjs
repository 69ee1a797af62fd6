/**
 * Makes the figures of docs/performance.md, and its charts, from the committed results in bench/results/.
 *
 *   node bench/report.mjs            writes them
 *   node bench/report.mjs --check    ends with 1 when they are not what the results say
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { charts } from "./report/charts.mjs";
import { readResults } from "./report/data.mjs";
import { fillIn } from "./report/document.mjs";
import { GOALS } from "./report/goals.mjs";
import { environmentText, goalTable, ownTables, peerTables, peerVersions } from "./report/tables.mjs";

const DOCS = fileURLToPath(new URL("../docs/", import.meta.url));
const DOCUMENT = path.join(DOCS, "performance.md");
const CHARTS = path.join(DOCS, "performance");

const check = process.argv.includes("--check");
const files = reportFiles();
const stale = [...files].filter(([file, text]) => !existsSync(file) || readFileSync(file, "utf8") !== text);
const surplus = existsSync(CHARTS)
  ? readdirSync(CHARTS)
      .map((name) => path.join(CHARTS, name))
      .filter((file) => !files.has(file))
  : [];

if (!check) {
  mkdirSync(CHARTS, { recursive: true });
  for (const [file, text] of stale) writeFileSync(file, text);
  for (const file of surplus) rmSync(file);
} else if (stale.length + surplus.length > 0) {
  const names = [...stale.map(([file]) => file), ...surplus].map((file) => path.relative(DOCS, file));
  process.stderr.write(`Not what bench/results/ says: ${names.join(", ")}. Run node bench/report.mjs.\n`);
  process.exitCode = 1;
}

/** What the document and its charts should be, by path. */
function reportFiles() {
  const data = readResults();
  const drawn = charts(data);
  const goals = Object.keys(GOALS).map((store) => {
    const chart = `${store.toLowerCase()}.svg`;
    const picture =
      drawn[chart] === undefined ? "" : `\n\n![${store}: Waymark, the best peer, the limit](performance/${chart})`;
    return `### ${store}\n\n${goalTable(data, store)}${picture}`;
  });
  const growth = drawn["growth.svg"] === undefined ? "" : "![Drain as the store grows](performance/growth.svg)\n\n";
  const document = fillIn(readFileSync(DOCUMENT, "utf8"), {
    environment: environmentText(data),
    versions: peerVersions(data),
    goals: goals.join("\n\n"),
    peers: peerTables(data),
    own: `${growth}${ownTables(data)}`,
  });
  const pictures = Object.entries(drawn).map(([name, text]) => [path.join(CHARTS, name), text]);
  return new Map([[DOCUMENT, document], ...pictures]);
}
