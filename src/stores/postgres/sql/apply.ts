/**
 * The tail of every statement that moves jobs. Such a statement names them in `decided`; then live rows change or go, endings
 * and the trail are written, and slots of concurrency keys are given back.
 */
import { type Ending, intoEnded, LIVE_COLUMNS, type Tables, TERMINAL } from "./words.js";

/** Of a row of `decided`. */
const ENDING: Ending = {
  status: "d.to_status",
  at: "d.at",
  percent: "d.percent",
  result: "null",
  error: "d.next_error",
  detail: "d.next_detail",
  next: {
    run_at: "d.next_run_at",
    cancel_requested_at: "d.next_cancel_at",
    attempt: "d.next_attempt",
    fence: "d.next_fence",
    lost_count: "d.next_lost",
  },
};

/**
 * What `decided` has, besides the facts of `live` as they were (`liveFacts`): event, to_status, at, actor, reason, request_id,
 * trail_error, next_attempt, next_fence, next_lost, next_run_at, next_cancel_at, next_error, next_detail, forgets
 * (whether progress is cleared).
 */
export function applyTo(tables: Tables): string {
  const { live, events } = tables;
  return `
gone as (
  delete from ${live} l
   where l.job_id = any (array(select d.job_id from decided d where d.to_status in ${TERMINAL}))
),
ending as (
  ${intoEnded(tables, "d", ENDING, "decided d")}
   where d.to_status in ${TERMINAL}
),
kept as (
  insert into ${live} as l (${LIVE_COLUMNS})
  select d.job_id, d.next_run_at, case when d.to_status = 'processing' then d.lease_expires_at end, d.started_at, d.at,
         d.expires_at, d.next_cancel_at, d.first_started_at, d.claimed_at, case when not d.forgets then d.percent end,
         case when not d.forgets then d.done end, case when not d.forgets then d.total end, d.lane_id, d.priority,
         d.next_attempt, d.generation, d.next_fence, d.seq + 1, d.next_lost, d.recorded,
         case when d.to_status = 'processing' then d.line when d.recorded then 'none'
              when d.next_run_at > clock.now then 'later' end,
         case when d.to_status not in ('processing', 'pending') then d.to_status end, d.claimed_from, d.owner,
         case when d.to_status = 'processing' then d.worker_id end, d.unique_key, d.concurrency_key,
         case when not d.forgets then d.stage end, case when not d.forgets then d.message end, d.next_error, d.next_detail
    from decided d, clock
   where d.to_status not in ${TERMINAL}
      on conflict (job_id) do update
     set status = excluded.status, line = excluded.line, run_at = excluded.run_at,
         updated_at = excluded.updated_at, attempt = excluded.attempt, fence = excluded.fence,
         lost_count = excluded.lost_count, seq = excluded.seq, worker_id = excluded.worker_id,
         lease_expires_at = excluded.lease_expires_at, cancel_requested_at = excluded.cancel_requested_at,
         percent = excluded.percent, done = excluded.done, total = excluded.total, stage = excluded.stage,
         message = excluded.message, error = excluded.error, error_detail = excluded.error_detail
),
told as (
  insert into ${events} (
    job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, start_unknown, reason,
    request_id, error)
  -- The claim was left unwritten; now that the attempt does not simply complete, it is told as well.
  select d.job_id, d.seq, d.claimed_at, coalesce(d.claimed_from, 'pending'), 'processing', 'claim',
         case when d.recorded then 'recorder:' else 'worker:' end || d.worker_id,
         d.attempt, d.fence, d.generation, d.started_at is null, null, null, null
    from decided d
   where d.status = 'processing' and d.cancel_requested_at is null
  union all
  select d.job_id, d.seq + 1, d.at, d.status, d.to_status, d.event, d.actor,
         d.attempt, d.fence, d.generation, false, d.reason, d.request_id, d.trail_error
    from decided d
),
${freedBy(tables, "decided d", "d.status = 'processing' and d.to_status <> 'processing' and d.concurrency_key is not null", "d")}`;
}

/** Gives slots back. The counter rows are locked in the order of their keys; without keyed jobs there is no row to touch. */
export function freedBy({ limits }: Tables, from: string, where: string, alias: string): string {
  return `
left_slots as materialized (
  select ${alias}.concurrency_key as key, count(*)::integer as jobs
    from ${from}
   where ${where}
   group by ${alias}.concurrency_key
),
locked_slots as materialized (
  select k.key
    from ${limits} k
   where k.key = any (array(select s.key from left_slots s))
   order by k.key
     for update
),
freed as (
  update ${limits} k
     set running = greatest(0, k.running - (select s.jobs from left_slots s where s.key = k.key))
   where k.key = any (array(select o.key from locked_slots o))
)`;
}
