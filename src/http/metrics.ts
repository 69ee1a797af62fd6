/**
 * Figures for monitoring, as OpenMetrics text: what happened in this process, told by its events, and how many jobs the
 * store holds. No job id and no owner is ever a label.
 */

import type { JobEvent } from "../core/job-events.js";
import { JOB_STATUSES } from "../core/lifecycle.js";
import type { Waymark } from "../waymark.js";

export interface Metrics {
  /** One answered request. */
  request(route: string, status: number): void;
  text(streams: number): Promise<string>;
  close(): void;
}

/** Kinds and parts are few; whatever makes them many must not fill the memory. */
const MOST_SERIES = 2_000;
/** Upper bounds of the duration histogram, in seconds. */
const BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800, 7_200];

type Labels = Readonly<Record<string, string | number>>;

export function createMetrics(waymark: Waymark): Metrics {
  const families = {
    jobs_enqueued: counter("Jobs enqueued here"),
    attempts_started: counter("Attempts started here"),
    attempts_ended: counter("Attempts ended here, by the job's status afterwards"),
    leases_lost: counter("Writes refused because somebody else had the job"),
    jobs_rescued: counter("Jobs taken back from silent workers"),
    jobs_expired: counter("Jobs that passed their expiry"),
    jobs_controlled: counter("What people asked for"),
    jobs_purged: counter("Jobs removed"),
    trouble: counter("Background work that failed and is tried again"),
    http_requests: counter("Answered requests"),
  };
  const durations = new Map<string, { counts: number[]; count: number; sum: number }>();

  const observe = (kind: string, seconds: number): void => {
    let one = durations.get(kind);
    if (one === undefined) {
      if (durations.size >= MOST_SERIES) return;
      one = { counts: BUCKETS.map(() => 0), count: 0, sum: 0 };
      durations.set(kind, one);
    }
    BUCKETS.forEach((bound, i) => {
      if (seconds <= bound) one.counts[i]!++;
    });
    one.count++;
    one.sum += seconds;
  };

  const note = (event: JobEvent): void => {
    switch (event.type) {
      case "enqueued":
        return families.jobs_enqueued.add({ kind: event.kind, deduplicated: String(event.deduplicated) });
      case "started":
        return families.attempts_started.add({ kind: event.kind });
      case "ended":
        observe(event.kind, event.durationMs / 1_000);
        return families.attempts_ended.add({ kind: event.kind, status: event.status });
      case "lease_lost":
        return families.leases_lost.add({ kind: event.kind });
      case "rescued":
        return families.jobs_rescued.add({ kind: event.kind, status: event.status });
      case "expired":
        return families.jobs_expired.add({ kind: event.kind });
      case "controlled":
        return families.jobs_controlled.add({ action: event.action, answer: event.answer });
      case "purged":
        return families.jobs_purged.add({ status: event.status });
      case "trouble":
        return families.trouble.add({ part: event.part });
      default:
    }
  };
  const unsubscribe = waymark.on(note);

  return {
    request: (route, status) => families.http_requests.add({ route, status }),
    close: unsubscribe,
    text: async (streams) => {
      const counts = await waymark.store.counts({});
      const running = [...waymark.workers].reduce((sum, worker) => sum + worker.running, 0);
      return [
        ...Object.entries(families).flatMap(([name, family]) => family.lines(`waymark_${name}`)),
        ...histogramLines("waymark_attempt_duration_seconds", durations),
        ...gauge("waymark_jobs", "Jobs in the store by status"),
        ...JOB_STATUSES.map((status) => sample("waymark_jobs", { status }, counts[status])),
        ...gauge("waymark_handlers_running", "Handlers running in this process"),
        sample("waymark_handlers_running", {}, running),
        ...hearingLines(waymark.store.hearing ?? null),
        ...gauge("waymark_http_streams", "Event streams open in this process"),
        sample("waymark_http_streams", {}, streams),
        "# EOF\n",
      ].join("\n");
    },
  };
}

/** None while nobody listens, or the store needs no connection for it. */
function hearingLines(hearing: "hears" | "connecting" | "deaf" | null): string[] {
  if (hearing === null) return [];
  const help = "Whether hints of other processes arrive; without them jobs start by polling";
  return [...gauge("waymark_store_hears", help), sample("waymark_store_hears", {}, hearing === "hears" ? 1 : 0)];
}

interface Counter {
  add(labels: Labels): void;
  lines(name: string): string[];
}

function counter(help: string): Counter {
  const series = new Map<string, number>();
  return {
    add: (labels) => {
      const key = labelText(labels);
      const known = series.get(key);
      if (known !== undefined || series.size < MOST_SERIES) series.set(key, (known ?? 0) + 1);
    },
    lines: (name) => [
      `# TYPE ${name} counter`,
      `# HELP ${name} ${help}.`,
      ...[...series].map(([labels, value]) => `${name}_total${labels} ${value}`),
    ],
  };
}

function histogramLines(
  name: string,
  kinds: ReadonlyMap<string, { counts: readonly number[]; count: number; sum: number }>,
): string[] {
  const lines = [`# TYPE ${name} histogram`, `# UNIT ${name} seconds`, `# HELP ${name} How long attempts took.`];
  for (const [kind, { counts, count, sum }] of kinds) {
    counts.forEach((each, i) => lines.push(sample(`${name}_bucket`, { kind, le: BUCKETS[i]!.toFixed(2) }, each)));
    lines.push(sample(`${name}_bucket`, { kind, le: "+Inf" }, count));
    lines.push(sample(`${name}_count`, { kind }, count), sample(`${name}_sum`, { kind }, sum));
  }
  return lines;
}

function gauge(name: string, help: string): string[] {
  return [`# TYPE ${name} gauge`, `# HELP ${name} ${help}.`];
}

function sample(name: string, labels: Labels, value: number): string {
  return `${name}${labelText(labels)} ${value}`;
}

function labelText(labels: Labels): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return texts.length === 0 ? "" : `{${texts.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
