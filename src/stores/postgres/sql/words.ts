/** What many statements say alike: the tables by name, the time, who holds a job. */
import type { Names } from "../names.js";

const TABLES = [
  "jobs",
  "live",
  "claims",
  "ended",
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
/** The names of the tables, qualified and quoted. */
export type Tables = Readonly<Record<(typeof TABLES)[number], string>>;

export function tablesOf({ table }: Names): Tables {
  return Object.fromEntries(TABLES.map((name) => [name, table(name)])) as Tables;
}

/** An instant as epoch milliseconds. */
export const ms = (instant: string): string => `date_part('epoch', ${instant}) * 1000`;

/** The message that a statement carries, if any; see hints.ts. */
export const CARRIED = (channel: number): string =>
  `(select pg_notify($${channel}, $${channel + 1})::text where $${channel}::text is not null) as carried`;

/** Instants have milliseconds, so that what is stored equals what is read. */
export const CLOCK: string = `clock as materialized (
  select date_trunc('milliseconds', coalesce(to_timestamp($1::float8 / 1000), clock_timestamp())) as now
)`;

export const TERMINAL: string = `('completed', 'failed', 'cancelled', 'expired')`;

/** Of `live`, all of them: an upsert names the row whole. */
export const LIVE_COLUMNS: string = `job_id, run_at, updated_at, expires_at, lease_expires_at, cancel_requested_at, first_started_at,
    started_at, claimed_at, priority, attempt, max_attempts, generation, fence, seq, lost_count, recorded, line,
    status, claimed_from, queue, kind, owner, worker_id, unique_key, concurrency_key, percent, done, total, stage, message,
    error, error_detail`;

/** How a running job's holder is named in the trail. */
export const HOLDER: string = `case when l.recorded then 'recorder:' else 'worker:' end || l.worker_id`;
