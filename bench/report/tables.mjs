/** The tables of the document, in Markdown. */
import { figureText } from "../lib/print.mjs";
import { ROWS } from "../rows/index.mjs";
import { limitSeries, middle, ownSeries, peerSeries, ratioOf } from "./data.mjs";
import { GOALS } from "./goals.mjs";
import { judge } from "./judge.mjs";
import { PLAN } from "./plan.mjs";

const NONE = "–";
const text = (value) => (value === null || value === undefined ? NONE : figureText(value));
const line = (cells) => `| ${cells.join(" | ")} |`;

function table(head, numbers, rows) {
  const rule = head.map((_, column) => (numbers.includes(column) ? "---:" : "---"));
  return [head, rule, ...rows].map(line).join("\n");
}

/** "1,200 (1,100–1,300)": the median, and the least and the most of its runs when there were several. */
function spread(measured) {
  if (measured.size === 0) return NONE;
  const values = [...measured.values()];
  if (values.length === 1) return figureText(values[0]);
  return `${figureText(middle(measured))} (${figureText(Math.min(...values))}–${figureText(Math.max(...values))})`;
}

/** Every goal with what was measured. */
export function goalTable(data, store) {
  const rows = GOALS[store].map((goal) => {
    const { value, against, who, ratio, reached } = judge(data, goal);
    const sign = goal.better === "more" ? "≥" : "≤";
    const reach = goal.kind === "bound" ? `${sign} ${text(goal.bound)}` : `${sign} ${text(goal.ratio)} ×`;
    return [
      goal.row,
      value === null ? NONE : `${text(value)} ${goal.unit}`,
      against === null ? NONE : `${text(against)} (${who})`,
      ratio === null ? NONE : `${text(ratio)} ×`,
      reach,
      reached === null ? "not measured" : reached ? "reached" : "**not reached**",
    ];
  });
  return table(["Row", "Waymark", "Held against", "Ratio", "Reach", ""], [1, 2, 3, 4], rows);
}

/** [column, bench, opt, field] of the tables that show all that were measured side by side. */
const SIDE_BY_SIDE = {
  "Enqueue, jobs/s": [
    ["one at a time", "enqueue", {}, "seq"],
    ["100 callers", "enqueue", {}, "c100"],
    ["bulk of 10,000", "enqueue", {}, "bulk"],
  ],
  "Drain and end to end, jobs/s": [
    ["drain of 20,000", "drain", {}, "rate"],
    ["two processes", "drain", { workers: 2 }, "rate"],
    ["drain of 100,000", "drain", { n: 100_000 }, "rate"],
    ["end to end", "e2e", {}, "rate"],
  ],
  "Latency, idle, the worker in another process, ms": [
    ["pick-up p50", "latency", {}, "p50"],
    ["p99", "latency", {}, "p99"],
    ["round trip p50", "latency", {}, "rtP50"],
    ["p99", "latency", {}, "rtP99"],
  ],
  "Status reads, 100,000 jobs, reads/s": [
    ["one at a time", "status", {}, "seq"],
    ["100 callers", "status", {}, "c100"],
  ],
};

/** Waymark and its peers as the harness measured them. */
export function peerTables(data) {
  return Object.entries(SIDE_BY_SIDE)
    .map(([title, columns]) => {
      const benches = columns.map(([, bench]) => bench);
      const peers = [...new Set(PLAN.filter(({ bench }) => benches.includes(bench)).flatMap((step) => step.peers))];
      const rows = peers
        .map((peer) => [peer, ...columns.map(([, ...ask]) => spread(peerSeries(data, peer, ...ask)))])
        .filter(([, ...cells]) => cells.some((cell) => cell !== NONE));
      const head = ["", ...columns.map(([label]) => label)];
      return `### ${title}\n\n${table(
        head,
        head.map((_, column) => column).filter((column) => column > 0),
        rows,
      )}`;
    })
    .join("\n\n");
}

/** Waymark's own rows, with the limit of the same run. */
export function ownTables(data) {
  return ROWS.map(({ name, title, figures, stores }) => {
    const measured = stores.filter((store) => data.own.some((entry) => entry.row === name && entry.store === store));
    const rows = measured.flatMap((store) =>
      Object.entries(figures).flatMap(([figure, { unit, better }]) => {
        const own = ownSeries(data, store, name, figure);
        const limit = limitSeries(data, store, name, figure);
        if (own.size === 0) return [];
        const share = limit.size === 0 ? null : better === "more" ? ratioOf(own, limit) : ratioOf(limit, own);
        return [[store, figure, spread(own), unit, spread(limit), text(share)]];
      }),
    );
    if (rows.length === 0) return null;
    return `### ${title}\n\n${table(["Store", "Figure", "Waymark", "Unit", "Limit", "Share of the limit"], [2, 4, 5], rows)}`;
  })
    .filter((each) => each !== null)
    .join("\n\n");
}

/** On what it was measured. */
export function environmentText({ environments }) {
  const list = environments.map((each) => {
    const postgres =
      each.postgres === undefined ? "" : `; PostgreSQL ${each.postgres.version} (${settings(each.postgres)})`;
    const sqlite = each.sqlite === undefined ? "" : `; SQLite ${each.sqlite.version} by ${each.sqlite.driver}`;
    return (
      `- \`bench/results/${each.name}\`: ${each.at.slice(0, 10)}, Waymark ${each.waymark} at \`${each.commit}\`, Node ${each.node}, ` +
      `${each.cores} cores (${each.processor}), ${each.memoryGiB} GiB, ${each.system}; appending 4 KiB and syncing: ` +
      `p50 ${each.syncMs.p50} ms, p99 ${each.syncMs.p99} ms; workers: ${options(each.work)}${postgres}${sqlite}.`
    );
  });
  return list.length === 0 ? "Nothing has been measured yet." : list.join("\n");
}

const options = (work) =>
  Object.entries(work)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

const settings = (postgres) =>
  Object.entries(postgres.settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

/** Who the peers were, and how they were set. */
export function peerVersions({ peerFiles }) {
  if (peerFiles.length === 0) return "No peer has been measured yet.";
  return peerFiles
    .map(({ name, at, node, versions }) => {
      const list = Object.entries(versions).map(([peer, version]) => `${peer} ${version}`);
      return `- \`bench/results/${name}\`: ${at.slice(0, 10)}, every process on Node ${node}; ${list.join(", ")}.`;
    })
    .join("\n");
}
