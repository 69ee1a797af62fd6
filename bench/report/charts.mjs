/** Which figures are drawn: each goal of a store that was measured against somebody, and how the stores bear growth. */
import { figureText } from "../lib/print.mjs";
import { barChart } from "./chart.mjs";
import { limitSeries, middle, ownSeries } from "./data.mjs";
import { GOALS } from "./goals.mjs";
import { judge } from "./judge.mjs";

/** The limit that belongs to a bench of the harness, measured by `npm run bench`: [row, figure]. */
const LIMIT_OF = {
  seq: ["enqueue", "one at a time"],
  c100: ["enqueue", "100 callers"],
  bulk: ["enqueue", "bulk of 10,000"],
  p50: ["latency", "pick-up p50"],
  rtP50: ["latency", "round trip p50"],
};
const OWN_NAME = { PostgreSQL: "postgres", SQLite: "sqlite", Memory: "memory" };

/** @returns the charts by file name; a chart without a figure is left out */
export function charts(data) {
  const files = {};
  for (const store of Object.keys(GOALS)) {
    const groups = GOALS[store].filter(({ kind }) => kind === "peers").flatMap((goal) => groupOf(data, store, goal));
    if (groups.length === 0) continue;
    files[`${store.toLowerCase()}.svg`] = barChart({
      title: `Waymark in ${store === "Memory" ? "memory" : store}, beside the best peer and the limit of the machine`,
      subtitle: "Medians of interleaved runs; each group has a scale of its own.",
      groups,
    });
  }
  const growth = ["postgres", "sqlite"].flatMap((store) => growthGroup(data, store));
  if (growth.length > 0) {
    files["growth.svg"] = barChart({
      title: "Drain of 20,000 jobs as the store grows",
      subtitle: "One worker process; finished jobs, their trail and their fences are kept.",
      groups: growth,
    });
  }
  return files;
}

function groupOf(data, store, goal) {
  const { value, against, who } = judge(data, goal);
  if (value === null || against === null) return [];
  const [bench, , field] = goal.ask;
  const limit = limitFor(data, OWN_NAME[store], bench, field);
  const bars = [
    { kind: "own", who: "Waymark", value },
    { kind: "peer", who, value: against },
    ...(limit === null ? [] : [{ kind: "limit", who: "limit", value: limit }]),
  ];
  return [{ label: goal.row, unit: goal.unit, less: goal.better === "less", bars: bars.map(withText) }];
}

function limitFor(data, store, bench, field) {
  const ask =
    bench === "status"
      ? ["status", "100 callers"]
      : bench === "enqueue" || bench === "latency"
        ? LIMIT_OF[field]
        : undefined;
  return ask === undefined ? null : middle(limitSeries(data, store, ...ask));
}

function growthGroup(data, store) {
  const figures = ["nothing finished", "100 k finished", "1 M finished", "1 M waiting"];
  const bars = figures
    .map((figure) => ({ kind: "own", who: figure, value: middle(ownSeries(data, store, "growth", figure)) }))
    .filter(({ value }) => value !== null);
  return bars.length === 0
    ? []
    : [
        {
          label: store === "postgres" ? "PostgreSQL" : "SQLite",
          unit: "jobs/s",
          less: false,
          bars: bars.map(withText),
        },
      ];
}

const withText = (bar) => ({ ...bar, text: figureText(bar.value) });
