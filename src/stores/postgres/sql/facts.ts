/**
 * The facts of a job, wherever its state stands, in the order in which every statement that reads jobs has them and
 * record-rows.ts expects them. Few bytes matter here: a status is read by a thousand people at a time, and each value is
 * written by the server and read by Node. So what equals the time of creation is left away, and so is what can be told
 * from the status (record-rows.ts puts it back): most facts of most jobs are null.
 */
import { changedAt, endStatusOf, ms, runs, type Tables } from "./words.js";

/** Null = when it was created. */
const unlessCreated = (instant: string): string => `nullif(${instant}, j.created_at)`;

/**
 * Name, where it is read (`j` the row of the job, `l` that of its state while unfinished, `e` that of its end), and whether
 * it is an instant. The rows are read as they are, so that a fact nobody wants costs nothing.
 */
const factsOf = (l: string) => {
  const state = (name: string): string => `coalesce(${l}.${name}, e.${name})`;
  /** What `ended` keeps with all that is rare. */
  const rare = (name: string): string => `coalesce(${l}.${name}, (e.rest).${name})`;
  return [
    ["job_id", "j.job_id"],
    ["lane_id", "j.lane_id"],
    ["owner", "j.owner"],
    ["priority", "j.priority"],
    ["max_attempts", "j.max_attempts"],
    ["recorded", "j.recorded"],
    ["unique_key", "j.unique_key"],
    ["idempotency_key", "j.idempotency_key"],
    ["concurrency_key", "j.concurrency_key"],
    ["concurrency_limit", "j.concurrency_limit"],
    ["parent_id", "j.parent_id"],
    ["rerun_of", "j.rerun_of"],
    ["metadata", "j.metadata"],
    // Null = pending.
    [
      "status",
      `case when ${runs(l)} then 'processing' when e.job_id is not null then ${endStatusOf("e.status")} else ${l}.status end`,
    ],
    // Null = what all jobs of its status have that ran once or not at all.
    ["generation", rare("generation")],
    ["attempt", rare("attempt")],
    ["lost_count", rare("lost_count")],
    ["fence", rare("fence")],
    ["seq", rare("seq")],
    ["worker_id", `${l}.worker_id`],
    ["percent", rare("percent")],
    ["done", rare("done")],
    ["total", rare("total")],
    ["stage", rare("stage")],
    ["message", rare("message")],
    ["error", state("error")],
    ["created_at", "j.created_at", "instant"],
    ["run_at", unlessCreated(`coalesce(${l}.run_at, (e.rest).run_at, j.scheduled_at, j.created_at)`), "instant"],
    ["updated_at", unlessCreated(`coalesce(${changedAt(l)}, (e.rest).updated_at, e.finished_at)`), "instant"],
    ["scheduled_at", "j.scheduled_at", "instant"],
    ["expires_at", rare("expires_at"), "instant"],
    [
      "first_started_at",
      `coalesce(${l}.first_started_at, ${l}.started_at, (e.rest).first_started_at, e.started_at)`,
      "instant",
    ],
    ["started_at", state("started_at"), "instant"],
    ["stage_started_at", `${l}.stage_started_at`, "instant"],
    ["lease_expires_at", `${l}.lease_expires_at`, "instant"],
    ["cancel_requested_at", rare("cancel_requested_at"), "instant"],
    ["finished_at", "e.finished_at", "instant"],
    // Lists have these as well; reads by id have them beside the facts.
    ["read_at", "clock.now", "instant"],
    ["payload_bytes", "octet_length(j.payload)"],
    ["result", "e.result"],
  ] as const;
};
const FACTS = factsOf("l");

export type FactName = (typeof FACTS)[number][0];
/** Where each fact stands in a row. */
export const AT: Readonly<Record<FactName, number>> = Object.fromEntries(
  FACTS.map(([name], index) => [name, index]),
) as Record<FactName, number>;

type Fact = (typeof FACTS)[number];
const wired = ([, where, type]: Fact): string => (type === "instant" ? ms(where) : where);

/** The facts as they go over the wire, a column each. */
export function facts(): string {
  return FACTS.map((fact) => `${wired(fact)} as ${fact[0]}`).join(",\n       ");
}

/**
 * The same without the last three, as one text: see row-text.ts.
 *
 * @param l  the row of its state while unfinished
 */
export function factsAsText(l = "l"): string {
  return `row(${factsOf(l).slice(0, AT.read_at).map(wired).join(",\n         ")})::text`;
}

/** Where the state of a job stands: in one of the two. An ending is looked for only when it is not in the other. */
export function stateOf({ live, ended }: Tables, live_ = "*", ended_ = "*"): string {
  return `
  left join lateral (
    select ${live_} from ${live} w where w.job_id = j.job_id offset 0) l on true
  left join lateral (
    select ${ended_} from ${ended} w where w.job_id = j.job_id and l.job_id is null offset 0) e on true`;
}
