/** What many statements say alike: the tables by name, the time, who holds a job. */
import type { Names } from "../names.js";

const TABLES = [
  "jobs",
  "live",
  "claims",
  "ended",
  "ended_rest",
  "events",
  "logs",
  "callbacks",
  "lanes",
  "queues",
  "limits",
  "kinds",
  "durations",
  "workers",
  "tombstones",
] as const;
/** The names of the tables, and of the types of their columns, qualified and quoted. */
export type Tables = Readonly<Record<(typeof TABLES)[number], string>>;

export function tablesOf({ table }: Names): Tables {
  return Object.fromEntries(TABLES.map((name) => [name, table(name)])) as Tables;
}

/** An instant as epoch milliseconds. */
export const ms = (instant: string): string => `date_part('epoch', ${instant}) * 1000`;

/** The message that a statement carries, if any; see hints.ts. */
export const CARRIED = (channel: number): string =>
  `(select pg_notify($${channel}, $${channel + 1})::text where $${channel}::text is not null) as carried`;

/** The same where rows are written one by one, once for each: less to set up than a row of its own. */
export const TOLD = (channel: number): string =>
  `case when $${channel}::text is not null then pg_notify($${channel}, $${channel + 1})::text end`;

/** Instants have milliseconds, so that what is stored equals what is read. It moves on while a statement runs: see CLOCK. */
export const NOW: string = "date_trunc('milliseconds', coalesce(to_timestamp($1::float8 / 1000), clock_timestamp()))";

export const CLOCK: string = `clock as materialized (
  select ${NOW} as now
)`;

export const TERMINAL: string = `('completed', 'failed', 'cancelled', 'expired')`;

/** Of `live`, what an upsert must name, as it names the row whole. */
export const LIVE_COLUMNS: string = `job_id, run_at, lease_expires_at, started_at, updated_at, expires_at, cancel_requested_at,
    first_started_at, claimed_at, percent, done, total, lane_id, priority, attempt, generation, fence, seq, lost_count,
    recorded, line, status, claimed_from, owner, worker_id, unique_key, concurrency_key, stage, message, error, error_detail`;

/** Whether a row of `live` is of an attempt under way. */
export const runs = (w: string): string => `${w}.lease_expires_at is not null`;
/** Whether it waits. */
export const waits = (w: string): string => `${w}.lease_expires_at is null`;
/** The fence of an attempt under way. */
export const fenceOf = (w: string): string => `coalesce(${w}.fence, 1)`;
/** When a row of `live` last changed. */
export const changedAt = (w: string): string => `coalesce(${w}.updated_at, ${w}.started_at, ${w}.run_at)`;
/** The status as people know it: null stands for both ends of a claim, which the lease tells apart. */
export const statusOf = (w: string): string =>
  `case when ${runs(w)} then 'processing' else coalesce(${w}.status, 'pending') end`;

/**
 * Of `live`, with what is left out there put back: what a job in its first attempt, or before it, has like all others, and
 * what equals a neighbour. Adding one to nothing leaves nothing, so a first claim need not write attempt, fence and seq.
 */
export const liveFacts = (w: string): string => {
  const first = (before: number, within: number): string => `case when ${waits(w)} then ${before} else ${within} end`;
  return `${w}.job_id, ${w}.run_at, ${w}.lease_expires_at, ${w}.started_at, ${changedAt(w)} as updated_at, ${w}.expires_at,
       ${w}.cancel_requested_at, coalesce(${w}.first_started_at, ${w}.started_at) as first_started_at,
       coalesce(${w}.claimed_at, ${w}.started_at) as claimed_at, ${w}.stage_started_at, ${w}.percent, ${w}.done, ${w}.total,
       ${w}.lane_id, ${w}.priority, coalesce(${w}.attempt, ${first(0, 1)}) as attempt,
       coalesce(${w}.generation, 1) as generation, coalesce(${w}.fence, ${first(0, 1)}) as fence,
       coalesce(${w}.seq, ${first(1, 2)}) as seq, coalesce(${w}.lost_count, 0) as lost_count,
       coalesce(${w}.recorded, false) as recorded, ${w}.line, ${statusOf(w)} as status, ${w}.claimed_from, ${w}.owner,
       ${w}.worker_id, ${w}.unique_key, ${w}.concurrency_key, ${w}.stage, ${w}.message, ${w}.error, ${w}.error_detail`;
};

/** What nearly all jobs have: null stands for it in `jobs`. */
export const USUAL = { priority: 0, max_attempts: 3 } as const;
export const unlessUsual = (column: keyof typeof USUAL, value: string): string => `nullif(${value}, ${USUAL[column]})`;
export const orUsual = (column: keyof typeof USUAL, j: string): string => `coalesce(${j}.${column}, ${USUAL[column]})`;

/** The kind of a row that has a lane, for the few statements that tell it. */
export const kindOf = ({ lanes }: Tables, w: string): string =>
  `(select n.kind from ${lanes} n where n.lane_id = ${w}.lane_id) as kind`;

/** What `live` leaves to `jobs`. */
export const maxAttemptsOf = ({ jobs }: Tables, w: string): string =>
  `(select ${orUsual("max_attempts", "j")} from ${jobs} j where j.job_id = ${w}.job_id) as max_attempts`;

/** How a job ended, of the column: null stands for most endings there are. */
export const endStatusOf = (status: string): string => `coalesce(${status}, 'completed')`;
export const endFenceOf = (e: string): string => `coalesce((${e}.rest).fence, 1)`;
export const endGenerationOf = (e: string): string => `coalesce((${e}.rest).generation, 1)`;
export const endSeqOf = (e: string): string => `coalesce((${e}.rest).seq, 3)`;

/**
 * Of `ended`, with what is left out there put back: what a job that ran once, by itself, has like all others, and what
 * equals a neighbour. A `run_at` that is left out is that of the enqueue: `scheduled_at`, or else `created_at`.
 */
export const endedFacts = (
  e: string,
): string => `${e}.job_id, ${endStatusOf(`${e}.status`)} as status, ${e}.finished_at, ${e}.started_at,
       (${e}.rest).run_at, coalesce((${e}.rest).updated_at, ${e}.finished_at) as updated_at,
       coalesce((${e}.rest).first_started_at, ${e}.started_at) as first_started_at,
       coalesce((${e}.rest).claimed_at, ${e}.started_at) as claimed_at, (${e}.rest).expires_at,
       (${e}.rest).cancel_requested_at, coalesce((${e}.rest).attempt, 1) as attempt, ${endGenerationOf(e)} as generation,
       ${endFenceOf(e)} as fence, ${endSeqOf(e)} as seq, coalesce((${e}.rest).lost_count, 0) as lost_count, ${e}.worker_id,
       (${e}.rest).percent, (${e}.rest).done, (${e}.rest).total, (${e}.rest).stage, (${e}.rest).message, ${e}.result,
       ${e}.error, (${e}.rest).error_detail`;

/** What an ending says, as far as the live row does not. */
export interface Ending {
  /** Null = completed. */
  readonly status: string;
  readonly at: string;
  readonly percent: string;
  readonly result: string;
  readonly error: string;
  readonly detail: string;
  /** What differs from the row, by column. */
  readonly next?: Partial<Record<"run_at" | "cancel_requested_at" | "attempt" | "fence" | "lost_count", string>>;
}

/**
 * Adds the ending of a live row `g` to `ended`: see `endedFacts` for what is left out.
 *
 * @param from  of which rows
 */
export function intoEnded({ ended, ended_rest }: Tables, g: string, ending: Ending, from: string): string {
  const { status, at, percent, result, error, detail, next = {} } = ending;
  const has = (column: keyof NonNullable<Ending["next"]>): string => next[column] ?? `${g}.${column}`;
  const rest = [
    // Nothing but an attempt that ends moves it, and then there are more than two events.
    `case when ${g}.seq > 2 then ${has("run_at")} end`,
    "null",
    `${g}.expires_at`,
    has("cancel_requested_at"),
    `nullif(${g}.first_started_at, ${g}.started_at)`,
    `nullif(${g}.claimed_at, ${g}.started_at)`,
    `nullif(${has("attempt")}, 1)`,
    `nullif(${g}.generation, 1)`,
    `nullif(${has("fence")}, 1)`,
    `nullif(${g}.seq + 1, 3)`,
    `nullif(${has("lost_count")}, 0)`,
    percent,
    `${g}.done`,
    `${g}.total`,
    `${g}.stage`,
    `${g}.message`,
    detail,
  ];
  const nothing = rest.map(() => "null").join(", ");
  // Most rows have none of what the rest is made of, and then it is not even put together.
  const some = [
    "expires_at",
    "cancel_requested_at",
    "first_started_at",
    "claimed_at",
    "attempt",
    "generation",
    "fence",
    "seq",
  ]
    .concat(["percent", "done", "total", "stage", "message"])
    .map((column) => `${g}.${column}`);
  return `insert into ${ended} (job_id, finished_at, started_at, status, worker_id, result, error, rest)
  select ${g}.job_id, ${at}, ${g}.started_at, ${status}, ${g}.worker_id, ${result}, ${error},
         case when num_nonnulls(${some.join(", ")}) > 0 then nullif(row(
           ${rest.join(",\n           ")})::${ended_rest},
           row(${nothing})::${ended_rest}) end
    from ${from}`;
}

/** How a running job's holder is named in the trail. */
export const HOLDER: string = `case when l.recorded then 'recorder:' else 'worker:' end || l.worker_id`;
