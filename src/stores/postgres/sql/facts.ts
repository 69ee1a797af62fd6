/**
 * The facts of a job, wherever its state stands, in the order in which every statement that reads jobs has them and
 * record-rows.ts expects them. Few bytes matter here: a status is read by a thousand people at a time, and each value is
 * written by the server and read by Node. So what equals the time of creation is left away, and so is what can be told
 * from the status (record-rows.ts puts it back): most facts of most jobs are null.
 */
import { endedFacts, liveFacts, ms, type Tables } from "./words.js";

type Alias = (name: FactName) => string;

const state = (name: string): string => `coalesce(l.${name}, e.${name})`;
/** Null = what all jobs of its status have that ran once or not at all. */
const unlessTold = (name: string): string => `coalesce(l.own_${name}, e.own_${name})`;
/** Null = when it was created. */
const unlessCreated = (instant: string): string => `nullif(${instant}, j.created_at)`;

/** Name, where it is read (`j` the job, `l` its state while unfinished, `e` its end), and whether it is an instant. */
const FACTS = [
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
  ["status", `nullif(${state("status")}, 'pending')`],
  ["generation", unlessTold("generation")],
  ["attempt", unlessTold("attempt")],
  ["lost_count", unlessTold("lost_count")],
  ["fence", unlessTold("fence")],
  ["seq", unlessTold("seq")],
  ["worker_id", "l.worker_id"],
  ["percent", state("percent")],
  ["done", state("done")],
  ["total", state("total")],
  ["stage", state("stage")],
  ["message", state("message")],
  ["error", state("error")],
  ["created_at", "j.created_at", "instant"],
  ["run_at", unlessCreated("coalesce(l.run_at, e.run_at, j.scheduled_at, j.created_at)"), "instant"],
  ["updated_at", unlessCreated(state("updated_at")), "instant"],
  ["scheduled_at", "j.scheduled_at", "instant"],
  ["expires_at", state("expires_at"), "instant"],
  ["first_started_at", state("first_started_at"), "instant"],
  ["started_at", state("started_at"), "instant"],
  ["stage_started_at", "l.stage_started_at", "instant"],
  ["lease_expires_at", "l.lease_expires_at", "instant"],
  ["cancel_requested_at", state("cancel_requested_at"), "instant"],
  ["finished_at", "e.finished_at", "instant"],
  ["read_at", "clock.now", "instant"],
  // Of the views "info" and "full", and of lists.
  ["payload_bytes", "octet_length(j.payload)"],
  ["result", "e.result"],
] as const;

export type FactName = (typeof FACTS)[number][0];
/** Where each fact stands in a row. */
export const AT: Readonly<Record<FactName, number>> = Object.fromEntries(
  FACTS.map(([name], index) => [name, index]),
) as Record<FactName, number>;

type Fact = (typeof FACTS)[number];
const BRIEF: readonly Fact[] = FACTS.slice(0, AT.payload_bytes);
const factsOf = (view: "brief" | "whole"): readonly Fact[] => (view === "brief" ? BRIEF : FACTS);

/** The facts as they go over the wire, straight from the tables. */
export function facts(view: "brief" | "whole"): string {
  const column = ([name, where, type]: Fact): string => `${type === "instant" ? ms(where) : where} as ${name}`;
  return factsOf(view).map(column).join(",\n       ");
}

/** The same for a step in between: instants as they are. */
export function keptFacts(): string {
  return FACTS.map(([name, where]) => `${where} as ${name}`).join(",\n       ");
}

/** The facts as they go over the wire, of such a step; `told` says something else instead of a fact. */
export function wiredFacts(from: string | null, told: Partial<Record<FactName, string>> = {}): string {
  const alias: Alias = (name) => (from === null ? "null" : `${from}.${name}`);
  const column = ([name, , type]: Fact): string =>
    `${told[name] ?? (type === "instant" && from !== null ? ms(alias(name)) : alias(name))} as ${name}`;
  return FACTS.map(column).join(",\n       ");
}

const OWN = ["generation", "attempt", "lost_count", "fence", "seq"];
const own = (w: string): string => OWN.map((column) => `${w}.${column} as own_${column}`).join(", ");
/** Of a row of `live`, and of `ended`: all that can be told of it, and what it says itself. */
export const liveState = (w: string): string => `${liveFacts(w)}, ${own(w)}`;
export const endedState = (w: string): string => `${endedFacts(w)}, ${own(`(${w}.rest)`)}`;

/** Where the state of a job stands: in one of the two. An ending is looked for only when it is not in the other. */
export function stateOf({ live, ended }: Tables): string {
  return `
  left join lateral (
    select ${liveState("w")} from ${live} w where w.job_id = j.job_id offset 0) l on true
  left join lateral (
    select ${endedState("w")} from ${ended} w where w.job_id = j.job_id and l.job_id is null offset 0) e on true`;
}
