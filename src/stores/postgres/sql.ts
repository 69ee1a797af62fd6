/**
 * Every statement of the store, in the order of the contract. Each is one statement and so one snapshot and one commit.
 * They share three habits:
 *   – $1 is the time: null for the server's clock, or epoch ms when a test turns a clock of its own;
 *   – batches come as array literals and become rows by `unnest`, which pads short columns with nulls;
 *   – rows are locked in the order of their ids (the caller sorts), so that two batches cannot wait for each other in a ring;
 *   – a row is looked up by `lateral` with `for update` or `offset 0`, and changed by `= any` or by an upsert on its key:
 *     shapes that the planner can only carry out as one probe of the key each. Plans are kept, and one that was made while
 *     a table was nearly empty would otherwise walk the whole of it ever after.
 * A statement that moves jobs names them in `decided`, and ends with the same tail (APPLY): live rows change or go, endings
 * and the trail are written, slots of concurrency keys are given back.
 */
import type { Names } from "./names.js";

/** An instant as epoch milliseconds. */
const ms = (instant: string): string => `date_part('epoch', ${instant}) * 1000`;

export interface Statement {
  /** Unique within a store; the driver makes the name of the prepared statement of it. */
  readonly name: string;
  readonly text: string;
  /** Must not wait for a connection behind others; see gate.ts. */
  readonly isUrgent?: boolean;
}
export type StatementName =
  | "enqueue"
  | "enqueueKeyed"
  | "saveLanes"
  | "saveLimits"
  | "claim"
  | "claimKeyed"
  | "promote"
  | "start"
  | "extend"
  | "saveWorker"
  | "report"
  | "complete"
  | "completeAny"
  | "settle"
  | "remark"
  | "holdForCallback"
  | "callbackKnown"
  | "addCallback"
  | "callbacks"
  | "rescue"
  | "expire"
  | "cancel"
  | "retry"
  | "retried"
  | "doomed"
  | "bury"
  | "forget"
  | "readStatus"
  | "readInfo"
  | "readFull"
  | "stones"
  | "list"
  | "listOwned"
  | "listLive"
  | "listWithoutCompleted"
  | "counts"
  | "trail"
  | "tombstones"
  | "logs"
  | "pauseQueue"
  | "resumeQueue"
  | "queues"
  | "workers"
  | "forgetWorkers"
  | "learn"
  | "learned"
  | "forgetDurations"
  | "saveKinds"
  | "kinds";
export type Statements = Readonly<Record<StatementName, Statement>>;

/** Heartbeats and endings. */
const URGENT: ReadonlySet<string> = new Set(["extend", "saveWorker", "complete", "completeAny", "settle"]);

export function statementsFor(names: Names): Statements {
  const entries = Object.entries(statementTexts(names)).map(([name, text]) => [
    name,
    { name, text: text.trim(), isUrgent: URGENT.has(name) },
  ]);
  return Object.fromEntries(entries) as Statements;
}

function statementTexts({ table }: Names): Record<StatementName, string> {
  const jobs = table("jobs");
  const live = table("live");
  const claims = table("claims");
  const ended = table("ended");
  const events = table("events");
  const logs = table("logs");
  const callbacks = table("callbacks");
  const lanes = table("lanes");
  const queues = table("queues");
  const limits = table("limits");
  const kinds = table("kinds");
  const durations = table("durations");
  const workers = table("workers");
  const tombstones = table("tombstones");

  /** The message that a statement carries, if any; see hints.ts. */
  const CARRIED = (channel: number): string =>
    `(select pg_notify($${channel}, $${channel + 1})::text where $${channel}::text is not null) as carried`;

  /** Instants have milliseconds, so that what is stored equals what is read. */
  const CLOCK = `clock as materialized (
  select date_trunc('milliseconds', coalesce(to_timestamp($1::float8 / 1000), clock_timestamp())) as now
)`;

  const TERMINAL = `('completed', 'failed', 'cancelled', 'expired')`;

  /** Of `live`, all of them: an upsert names the row whole. */
  const LIVE_COLUMNS = `job_id, run_at, updated_at, expires_at, lease_expires_at, cancel_requested_at, first_started_at,
    started_at, claimed_at, priority, attempt, max_attempts, generation, fence, seq, lost_count, recorded, line,
    status, claimed_from, queue, kind, owner, worker_id, unique_key, concurrency_key, percent, done, total, stage, message,
    error, error_detail`;

  /**
   * What `decided` has, besides the columns of \`live\` as they were: event, to_status, at, actor, reason, request_id,
   * trail_error, next_attempt, next_fence, next_lost, next_run_at, next_cancel_at, next_error, next_detail, forgets
   * (whether progress is cleared).
   */
  const APPLY = `
gone as (
  delete from ${live} l
   where l.job_id = any (array(select d.job_id from decided d where d.to_status in ${TERMINAL}))
),
ending as (
  insert into ${ended} (
    job_id, status, run_at, finished_at, updated_at, expires_at, cancel_requested_at, first_started_at, started_at,
    claimed_at, attempt, generation, fence, seq, lost_count, worker_id, percent, done, total, stage, message, error,
    error_detail)
  select d.job_id, d.to_status, d.next_run_at, d.at, d.at, d.expires_at, d.next_cancel_at, d.first_started_at,
         d.started_at, d.claimed_at, d.next_attempt, d.generation, d.next_fence,
         d.seq + 1, d.next_lost, d.worker_id, d.percent, d.done, d.total, d.stage,
         d.message, d.next_error, d.next_detail
    from decided d
   where d.to_status in ${TERMINAL}
),
kept as (
  insert into ${live} as l (${LIVE_COLUMNS})
  select d.job_id, d.next_run_at, d.at, d.expires_at, case when d.to_status = 'processing' then d.lease_expires_at end,
         d.next_cancel_at, d.first_started_at, d.started_at, d.claimed_at, d.priority, d.next_attempt, d.max_attempts,
         d.generation, d.next_fence, d.seq + 1, d.next_lost,
         d.recorded,
         case when d.to_status = 'processing' then d.line when d.recorded then null
              when d.next_run_at <= clock.now then 'ready' else 'later' end,
         d.to_status, d.claimed_from, d.queue, d.kind, d.owner,
         case when d.to_status = 'processing' then d.worker_id end, d.unique_key, d.concurrency_key,
         case when not d.forgets then d.percent end, case when not d.forgets then d.done end,
         case when not d.forgets then d.total end, case when not d.forgets then d.stage end,
         case when not d.forgets then d.message end, d.next_error, d.next_detail
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
${FREED("decided d", "d.status = 'processing' and d.to_status <> 'processing' and d.concurrency_key is not null", "d")}`;

  /** Gives slots back. The counter rows are locked in the order of their keys; without keyed jobs there is no row to touch. */
  function FREED(from: string, where: string, alias: string): string {
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

  /** How a running job's holder is named in the trail. */
  const HOLDER = `case when l.recorded then 'recorder:' else 'worker:' end || l.worker_id`;

  /** A time that is not in the future is no schedule: the job is simply pending. */
  const INPUT = `input as materialized (
  select i.job_id, i.kind, i.queue, i.owner, i.priority, i.max_attempts, i.concurrency_limit, i.parent_id, i.rerun_of,
         i.unique_key, i.idempotency_key, i.concurrency_key, i.metadata, i.payload,
         coalesce(i.recorded, false) as recorded,
         case
           when i.run_in > 0 then clock.now + i.run_in * interval '1 millisecond'
           when to_timestamp(i.run_at / 1000) > clock.now then to_timestamp(i.run_at / 1000)
         end as scheduled_at,
         clock.now + i.expires_in * interval '1 millisecond' as expires_at
    from clock
   cross join unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::float8[], $8::float8[], $9::float8[],
                $10::integer[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::integer[],
                $17::uuid[], $18::uuid[], $19::boolean[])
         as i (job_id, kind, queue, owner, priority, run_in, run_at, expires_in, max_attempts, payload, metadata,
               unique_key, idempotency_key, concurrency_key, concurrency_limit, parent_id, rerun_of, recorded)
)`;

  const JOB_COLUMNS = `job_id, kind, queue, owner, priority, max_attempts, concurrency_limit, recorded, created_at,
    scheduled_at, expires_at, parent_id, rerun_of, unique_key, idempotency_key, concurrency_key, metadata, payload`;

  const JOB_VALUES = `i.job_id, i.kind, i.queue, i.owner, i.priority, i.max_attempts, i.concurrency_limit, i.recorded,
         clock.now, i.scheduled_at, i.expires_at, i.parent_id, i.rerun_of, i.unique_key, i.idempotency_key,
         i.concurrency_key, i.metadata, i.payload`;

  const INTO_LIVE = (from: string): string => `
  insert into ${live} (
    job_id, run_at, updated_at, expires_at, priority, max_attempts, recorded, line, status, queue, kind, owner,
    unique_key, concurrency_key)
  select i.job_id, coalesce(i.scheduled_at, clock.now), clock.now, i.expires_at, i.priority, i.max_attempts, i.recorded,
         case when i.recorded then null when i.scheduled_at is null then 'ready' else 'later' end,
         case when i.scheduled_at is null then 'pending' else 'scheduled' end,
         i.queue, i.kind, i.owner, i.unique_key, i.concurrency_key
    from clock
   cross join ${from} i`;

  /** The facts of a job, wherever its state stands. */
  const FACTS = `
       j.job_id, j.kind, j.queue, j.owner, j.priority, j.max_attempts, j.recorded, j.unique_key, j.idempotency_key,
       j.concurrency_key, j.concurrency_limit, j.parent_id, j.rerun_of, j.metadata,
       coalesce(l.status, e.status) as status,
       coalesce(l.generation, e.generation) as generation,
       coalesce(l.attempt, e.attempt) as attempt,
       coalesce(l.lost_count, e.lost_count) as lost_count,
       coalesce(l.fence, e.fence) as fence,
       coalesce(l.seq, e.seq) as seq,
       l.worker_id,
       coalesce(l.percent, e.percent) as percent,
       coalesce(l.done, e.done) as done,
       coalesce(l.total, e.total) as total,
       coalesce(l.stage, e.stage) as stage,
       coalesce(l.message, e.message) as message,
       ${ms("l.stage_started_at")} as stage_started_at,
       coalesce(l.error, e.error) as error,
       ${ms("l.lease_expires_at")} as lease_expires_at,
       ${ms("coalesce(l.run_at, e.run_at)")} as run_at,
       ${ms("j.scheduled_at")} as scheduled_at,
       ${ms("coalesce(l.expires_at, e.expires_at)")} as expires_at,
       ${ms("j.created_at")} as created_at,
       ${ms("coalesce(l.first_started_at, e.first_started_at)")} as first_started_at,
       ${ms("coalesce(l.started_at, e.started_at)")} as started_at,
       ${ms("e.finished_at")} as finished_at,
       ${ms("coalesce(l.updated_at, e.updated_at)")} as updated_at,
       ${ms("coalesce(l.cancel_requested_at, e.cancel_requested_at)")} as cancel_requested_at,
       ${ms("clock.now")} as read_at`;

  /** Where the state of a job stands: in one of the two. */
  const STATE = `
  left join lateral (select * from ${live} w where w.job_id = j.job_id offset 0) l on true
  left join lateral (select * from ${ended} w where w.job_id = j.job_id offset 0) e on true`;

  const WANTED = `
  from clock
 cross join unnest($2::uuid[], $3::text[]) as wanted (job_id, owner)
 cross join lateral (
    select * from ${jobs} w
     where w.job_id = wanted.job_id and (wanted.owner is null or w.owner = wanted.owner) offset 0) j${STATE}`;

  /** Why a waiting job may not have started; each part is looked up only while the job waits. */
  const WAITING = `
  left join lateral (
    select ${ms("q.paused_at")} as queue_paused_at, q.paused_by as queue_paused_by
      from ${queues} q
     where q.queue = l.queue
  ) paused on l.status <> 'processing'
  left join lateral (
    select count(*) filter (
             where w.accepting and (w.queues is null or l.queue = any (w.queues))
               and clock.now < w.seen_at + w.lease_ms * interval '1 millisecond')::integer as live_workers,
           ${ms("max(w.seen_at)")} as worker_seen_at
      from ${workers} w
     where l.kind = any (w.kinds)
  ) crew on l.status <> 'processing'
  left join lateral (
    select count(*)::integer as ahead
      from (
        select 1
          from ${lanes} lane
         cross join lateral (
           (select 1
              from ${live} o
             where o.queue = lane.queue and o.kind = lane.kind and o.line = 'ready' and o.status <> 'processing'
               and (o.priority, o.run_at, o.job_id) < (l.priority, l.run_at, l.job_id)
             limit $4)
            union all
           (select 1
              from ${live} o
             where o.queue = lane.queue and o.kind = lane.kind
               and o.line = 'later' and o.run_at <= clock.now
               and (o.priority, o.run_at, o.job_id) < (l.priority, l.run_at, l.job_id)
             limit $4)
         ) one
         where lane.queue = l.queue
         limit $4) counted
  ) line on l.status <> 'processing'
  left join lateral (
    select array(
             select h.job_id::text
               from ${live} h
              where h.concurrency_key = k.key and h.status = 'processing'
              order by h.claimed_at, h.job_id) as key_holders
      from ${limits} k
     where k.key = l.concurrency_key
       and k.running >= k.slots
    offset 0
  ) slots on l.status <> 'processing'`;

  const WAITING_FACTS = `paused.queue_paused_at, paused.queue_paused_by, crew.live_workers, crew.worker_seen_at, line.ahead,
       slots.key_holders`;

  const STATUS_NOW = `case when l.status = 'scheduled' and l.run_at <= clock.now then 'pending'
            else coalesce(l.status, e.status) end`;

  const ABOUT = (alias: string): string => `($4::text is null or ${alias}.owner = $4)
   and ($5::text is null or ${alias}.kind = $5)
   and ($6::text is null or ${alias}.queue = $6)`;

  const LIST_FILTER = `
   and ($3::uuid is null or j.job_id < $3)
   and ${ABOUT("j")}
   and ($7::text[] is null or ${STATUS_NOW} = any ($7))
 order by j.job_id desc
 limit $2`;

  /** Rows of `live` that completed, and their endings. */
  const COMPLETED = (further: string): string => `gone as (
  delete from ${live} l
   where l.job_id = any ($2::uuid[])
     and l.status = 'processing'
     and l.fence = coalesce($3::integer, ($4::jsonb ->> l.job_id::text)::integer)${further}
  returning l.job_id, l.run_at, l.updated_at, l.expires_at, l.lease_expires_at, l.cancel_requested_at,
            l.first_started_at, l.started_at, l.claimed_at, l.attempt, l.generation, l.fence, l.seq, l.recorded,
            l.claimed_from, l.worker_id, l.concurrency_key, l.percent, l.done, l.total, l.stage, l.message
),
ending as (
  insert into ${ended} (
    job_id, status, run_at, finished_at, updated_at, expires_at, cancel_requested_at, first_started_at, started_at,
    claimed_at, attempt, generation, fence, seq, lost_count, worker_id, percent, done, total, stage, message, result)
  select g.job_id, 'completed', g.run_at, greatest(clock.now, g.updated_at), greatest(clock.now, g.updated_at),
         g.expires_at, g.cancel_requested_at, g.first_started_at, g.started_at, g.claimed_at, g.attempt, g.generation,
         g.fence, g.seq + 1, 0, g.worker_id,
         case when coalesce(g.percent, g.done, g.total) is not null or coalesce(g.stage, g.message) is not null then 100 end,
         g.done, g.total, g.stage, g.message, $5::jsonb ->> g.job_id::text
    from clock
   cross join gone g
)`;

  // What both sorts of claim share. A claim walks the front of each lane, so its cost does not depend on how much waits behind
  // or was ever finished. Taking a job touches no index: it keeps its place in the line until its first heartbeat. One row
  // of `claims` says what the claim took, so that the sweep finds jobs nobody was ever heard of; $7 are claims whose jobs
  // have all ended. The first row of the answer says what is still to do; the others are the jobs, in their order.

  const [LEAST, MOST] = [-2_147_483_648, 2_147_483_647];
  const NO_ID = "00000000-0000-0000-0000-000000000000";

  const LANE = `lane as materialized (
  select n.queue, n.kind
    from ${lanes} n
   where n.kind = any ($3::text[])
     and ($4::text[] is null or n.queue = any ($4))
     and not exists (select 1 from ${queues} q where q.queue = n.queue and q.paused_at is not null)
)`;

  /** @param moment  whose `now` the attempts begin at; leases count from the clock's in any case */
  const TAKEN = (chosen: string, moment = "clock"): string => `taken as (
  update ${live} l
     set status = 'processing',
         claimed_from = nullif(l.status, 'pending'),
         fence = l.fence + 1,
         attempt = l.attempt + 1,
         seq = l.seq + 1,
         worker_id = $2,
         claimed_at = greatest(${moment}.now, l.updated_at),
         started_at = greatest(${moment}.now, l.updated_at),
         first_started_at = coalesce(l.first_started_at, greatest(${moment}.now, l.updated_at)),
         updated_at = greatest(${moment}.now, l.updated_at),
         lease_expires_at = clock.now + $6::float8 * interval '1 millisecond',
         percent = null, done = null, total = null, stage = null, message = null, error = null, error_detail = null
    from clock${moment === "clock" ? "" : `, ${moment}`}
   where l.job_id = any (array(select c.job_id from ${chosen} c))
  returning l.job_id, l.kind, l.queue, l.owner, l.fence, l.generation, l.attempt, l.max_attempts, l.lost_count,
            l.started_at, l.priority, l.run_at, l.concurrency_key
),
noted as (
  insert into ${claims} (leased_until, job_ids)
  select max(clock.now) + $6::float8 * interval '1 millisecond', array_agg(t.job_id)
    from clock
   cross join taken t
  having count(*) > 0
  returning claim_id
),
forgotten as (
  delete from ${claims} c where c.claim_id = any ($7::bigint[])
)`;

  const DUE_IN = `(
           select ${ms("min(next.run_at) - max(clock.now)")}
             from clock
            cross join lane
            cross join lateral (
              select w.run_at
                from ${live} w
               where w.queue = lane.queue and w.kind = lane.kind and w.line = 'later'
               order by w.run_at
               limit 1) next)`;

  const MORE_BEHIND = `exists (
             select 1
               from lane
              cross join (select r.priority, r.run_at, r.job_id from ready r order by 1 desc, 2 desc, 3 desc limit 1) last
              cross join lateral (
                select 1
                  from ${live} w
                 where w.queue = lane.queue and w.kind = lane.kind and w.line = 'ready' and w.status <> 'processing'
                   and (w.priority, w.run_at, w.job_id) > (last.priority, last.run_at, last.job_id)
                 order by w.priority, w.run_at, w.job_id
                 limit 1) behind)`;

  const CLAIMED = `
select (select claim_id from noted) as claim_id, rest.has_keys, rest.refused, rest.due_in, rest.more,
       ${ms("clock.now")} + $6::float8 as lease_expires_at,
       null::uuid as job_id, null as kind, null as queue, null as owner, null::integer as fence,
       null::integer as generation, null::integer as attempt, null::integer as max_attempts, null::integer as lost_count,
       null::float8 as started_at, null::float8 as created_at, null::float8 as run_at, null::integer as priority,
       null as payload, null as metadata
  from rest, clock
 union all
(select null, null, null, null, null, null, t.job_id, t.kind, t.queue, t.owner, t.fence, t.generation, t.attempt,
        t.max_attempts, t.lost_count, ${ms("t.started_at")}, ${ms("j.created_at")}, ${ms("t.run_at")}, t.priority,
        j.payload, j.metadata
   from taken t
  cross join lateral (
    select w.payload, w.metadata, w.created_at from ${jobs} w where w.job_id = t.job_id offset 0) j
  order by t.priority, t.run_at, t.job_id)`;

  return {
    // ---- enqueue (T1, T2)

    /**
     * Jobs without keys: nothing to look up but the ids, so nothing but inserts, all of them or none: a taken id ends in a
     * unique violation, one that a purged job had in `is_known`, and the caller goes on with `enqueueKeyed`. Answers with
     * the jobs that wait for a time, and one row at least.
     */
    enqueue: `
with ${CLOCK},
${INPUT},
known as materialized (
  select exists (select 1 from ${tombstones} t where t.job_id = any ($2::uuid[])) as is_known
),
job as (
  insert into ${jobs} (${JOB_COLUMNS})
  select ${JOB_VALUES}
    from clock
   cross join input i
   where not (select is_known from known)
),
alive as (${INTO_LIVE("input")}
   where not (select is_known from known)
)
select known.is_known, i.job_id, ${ms("i.scheduled_at")} as scheduled_at, ${ms("i.scheduled_at - clock.now")} as due_in,
       ${CARRIED(20)}
  from known
 cross join clock
  left join input i on i.scheduled_at is not null`,

    /**
     * Jobs of any sort. What holds a key already is found first; a race for one ends in a unique
     * violation, which undoes the whole statement, and the caller runs it again.
     */
    enqueueKeyed: `
with ${CLOCK},
${INPUT},
looked as materialized (
  select i.*,
         known.job_id as known_id,
         coalesce((select 1 from ${jobs} j where j.job_id = i.job_id),
                  (select 1 from ${tombstones} t where t.job_id = i.job_id)) is not null as taken,
         same.job_id as same_id
    from input i
    left join lateral (
      select w.job_id from ${jobs} w
       where w.idempotency_key = i.idempotency_key
         and coalesce('=' || w.owner, '') = coalesce('=' || i.owner, '') offset 0) known on true
    left join lateral (
      select w.job_id from ${live} w
       where w.unique_key = i.unique_key
         and coalesce('=' || w.owner, '') = coalesce('=' || i.owner, '') offset 0) same on true
),
job as (
  insert into ${jobs} (${JOB_COLUMNS})
  select ${JOB_VALUES}
    from looked i, clock
   where i.known_id is null and i.same_id is null and not i.taken
      on conflict (job_id) do nothing
  returning *
),
alive as (${INTO_LIVE("job")}
)
select o.job_id, case when o.known_id is not null then 'known' when o.taken then 'exists' else 'duplicate' end as answer,
       other.job_id as other_id, other.kind, other.queue, ${ms("other.scheduled_at")} as scheduled_at,
       null::float8 as due_in,
       case when o.known_id is not null then other.payload end as payload, ${CARRIED(20)}
  from looked o
  left join lateral (
    select * from ${jobs} w
     where w.job_id = coalesce(o.known_id, case when not o.taken then o.same_id end) offset 0) other on true
 where o.known_id is not null or o.taken or o.same_id is not null
 union all
select j.job_id, 'created', j.job_id, j.kind, j.queue, ${ms("j.scheduled_at")}, ${ms("j.scheduled_at - clock.now")}, null,
       ${CARRIED(20)}
  from job j, clock`,

    /** Remembers which kinds have been in which queues. Asked once per process and lane. */
    saveLanes: `
insert into ${lanes} (queue, kind)
select lane.queue, lane.kind
  from unnest($1::text[], $2::text[]) as lane (queue, kind)
 where (select true from ${lanes} known where known.queue = lane.queue and known.kind = lane.kind) is null
 order by lane.queue, lane.kind
    on conflict do nothing`,

    /** The newest enqueue decides how many slots a key has. An unchanged row is not even locked. */
    saveLimits: `
insert into ${limits} (key, slots)
select asked.key, asked.slots
  from unnest($1::text[], $2::integer[]) as asked (key, slots)
 where (select k.slots from ${limits} k where k.key = asked.key) is distinct from asked.slots
 order by asked.key
    on conflict (key) do update set slots = excluded.slots`,

    // ---- claim (T4)

    /**
     * While no job ever had a concurrency key. When one has, it takes nothing and says so (`has_keys`). $8 to $12 are marks,
     * see line-marks.ts: such a lane is looked at behind its mark, and where it is more urgent.
     */
    claim: `
with ${CLOCK},
${LANE},
mark as materialized (
  select * from unnest($8::text[], $9::text[], $10::integer[], $11::float8[], $12::uuid[])
             as m (queue, kind, priority, run_at, job_id)
),
stretch as materialized (
  select lane.queue, lane.kind, coalesce(m.priority, ${LEAST}) as priority,
         coalesce(to_timestamp(m.run_at / 1000), '-infinity') as run_at,
         coalesce(m.job_id, '${NO_ID}') as job_id, ${MOST} as upto
    from lane
    left join mark m on m.queue = lane.queue and m.kind = lane.kind
   union all
  select m.queue, m.kind, ${LEAST}, '-infinity', '${NO_ID}', m.priority - 1
    from lane
    join mark m on m.queue = lane.queue and m.kind = lane.kind and m.priority > ${LEAST}
),
ready as materialized (
  select front.*
    from clock
   cross join stretch s
   cross join lateral (
     select w.job_id, w.priority, w.run_at
       from ${live} w
      where w.queue = s.queue and w.kind = s.kind and w.line = 'ready' and w.status <> 'processing'
        and (w.priority, w.run_at, w.job_id) > (s.priority, s.run_at, s.job_id) and w.priority <= s.upto
        and (w.expires_at is null or w.expires_at > clock.now)
      order by w.priority, w.run_at, w.job_id
      limit $5
        for update of w skip locked) front
   where not (select exists (select 1 from ${limits}))
   order by front.priority, front.run_at, front.job_id
   limit $5
),
${TAKEN("ready")},
rest as materialized (
  select (select exists (select 1 from ${limits})) as has_keys, 0 as refused, ${DUE_IN} as due_in,
         case
           when (select count(*) from ready) >= $5 then ${MORE_BEHIND}
           -- Short of a mark, nothing is known yet.
           when exists (select 1 from mark) then null
           else exists (
             select 1
               from clock
              cross join lane
              cross join lateral (
                select 1
                  from ${live} w
                 where w.queue = lane.queue and w.kind = lane.kind and w.line = 'ready' and w.status <> 'processing'
                   and (w.expires_at is null or w.expires_at > clock.now)
                   and w.job_id not in (select r.job_id from ready r)
                 order by w.priority, w.run_at, w.job_id
                 limit 1) another)
         end as more
)
${CLAIMED}`,

    /** A job with a key is taken only against the locked counter of its key, whose newest value a lock always shows. */
    claimKeyed: `
with ${CLOCK},
${LANE},
ready as materialized (
  select front.*
    from clock
   cross join lane
   cross join lateral (
     select w.job_id, w.priority, w.run_at, w.concurrency_key
       from ${live} w
      where w.queue = lane.queue and w.kind = lane.kind and w.line = 'ready' and w.status <> 'processing'
        and (w.expires_at is null or w.expires_at > clock.now)
        and (w.concurrency_key is null
             or (select k.running < k.slots from ${limits} k where k.key = w.concurrency_key))
      order by w.priority, w.run_at, w.job_id
      limit $5
        for update of w skip locked) front
   order by front.priority, front.run_at, front.job_id
   limit $5
),
slot as materialized (
  select locked.key, locked.free,
         -- Whoever freed the slot did so before the lock was ours, and after this statement had begun.
         case when $1::float8 is null then date_trunc('milliseconds', clock_timestamp()) end as locked_at
    from (
      select k.key, k.slots - k.running as free
        from ${limits} k
       where k.key = any (array(select distinct r.concurrency_key from ready r where r.concurrency_key is not null))
       order by k.key
         for update) locked
),
moment as materialized (
  select greatest(clock.now, (select max(slot.locked_at) from slot)) as now from clock
),
allowed as materialized (
  select r.job_id, r.concurrency_key
    from ready r
   where r.concurrency_key is null
   union all
  select placed.job_id, placed.concurrency_key
    from (
      select r.job_id, r.concurrency_key,
             row_number() over (partition by r.concurrency_key order by r.priority, r.run_at, r.job_id) as place
        from ready r
       where r.concurrency_key is not null) placed
    join slot on slot.key = placed.concurrency_key and placed.place <= slot.free
),
${TAKEN("allowed", "moment")},
counted as (
  update ${limits} k
     set running = k.running + (select count(*) from taken t where t.concurrency_key = k.key)
   where k.key = any (array(select t.concurrency_key from taken t where t.concurrency_key is not null))
),
rest as materialized (
  select true as has_keys, (select count(*)::integer from ready) - (select count(*)::integer from allowed) as refused,
         ${DUE_IN} as due_in,
         case
           -- It took all it wanted: is there anything behind the last of them?
           when (select count(*) from allowed) >= $5 then ${MORE_BEHIND}
           -- It came back short, so it has walked the line. What is left is what another claimer has locked and may yet leave
           -- behind: that stands in front.
           else exists (
             select 1
               from clock
              cross join lane
              cross join lateral (
                select w.concurrency_key
                  from ${live} w
                 where w.queue = lane.queue and w.kind = lane.kind and w.line = 'ready' and w.status <> 'processing'
                   and (w.expires_at is null or w.expires_at > clock.now)
                   and w.job_id not in (select a.job_id from allowed a)
                 -- Any would do, but the order keeps the planner on the line's own index.
                 order by w.priority, w.run_at, w.job_id
                 limit 100) another
              where another.concurrency_key is null
                 or coalesce(
                   (select s.free > (select count(*) from allowed a where a.concurrency_key = s.key)
                      from slot s where s.key = another.concurrency_key),
                   (select k.running < k.slots from ${limits} k where k.key = another.concurrency_key)))
         end as more
)
${CLAIMED}`,

    /** Lets jobs whose time has come into the line. Due is due without it: \`claim\` tells when it was left out. */
    promote: `
with ${CLOCK},
due as materialized (
  select front.job_id
    from clock
   cross join ${lanes} lane
   cross join lateral (
     select w.job_id
       from ${live} w
      where w.queue = lane.queue and w.kind = lane.kind
        and w.line = 'later' and w.run_at <= clock.now
      order by w.run_at
      limit $2
        for update of w skip locked) front
),
moved as (
  update ${live} l
     set line = 'ready'
   where l.job_id = any (array(select d.job_id from due d))
)
select (select count(*)::integer from due) as moved,
       (select ${ms("min(next.run_at) - max(clock.now)")}
          from clock
         cross join ${lanes} lane
         cross join lateral (
           select w.run_at
             from ${live} w
            where w.queue = lane.queue and w.kind = lane.kind
              and w.line = 'later' and w.run_at > clock.now
            order by w.run_at
            limit 1) next) as due_in`,

    /** A recorded job starts when its runner says so: neither its time nor pauses, limits or expiry hold it back. */
    start: `
with ${CLOCK},
held as materialized (
  select l.*, asked.by, asked.lease_ms, asked.known, greatest(clock.now, l.updated_at) as at
    from clock
   cross join unnest($2::uuid[], $3::text[], $4::float8[], $5::boolean[]) as asked (job_id, by, lease_ms, known)
   cross join lateral (
     select * from ${live} w where w.job_id = asked.job_id and w.recorded and w.status <> 'processing' for update) l
),
counted as (
  update ${limits} k
     set running = k.running + (select count(*) from held h where h.concurrency_key = k.key)
   where k.key = any (array(select h.concurrency_key from held h where h.concurrency_key is not null))
)
insert into ${live} as l (${LIVE_COLUMNS})
select h.job_id, h.run_at, h.at, h.expires_at, clock.now + h.lease_ms * interval '1 millisecond', h.cancel_requested_at,
       coalesce(h.first_started_at, case when h.known then h.at end), case when h.known then h.at end, h.at, h.priority,
       h.attempt + 1, h.max_attempts, h.generation, h.fence + 1, h.seq + 1, h.lost_count, h.recorded, 'held', 'processing',
       nullif(h.status, 'pending'), h.queue, h.kind, h.owner, h.by, h.unique_key, h.concurrency_key, null, null, null, null, null, null, null
  from held h, clock
    on conflict (job_id) do update
   set status = excluded.status, line = excluded.line, claimed_from = excluded.claimed_from, fence = excluded.fence,
       attempt = excluded.attempt, seq = excluded.seq, worker_id = excluded.worker_id,
       claimed_at = excluded.claimed_at, started_at = excluded.started_at, first_started_at = excluded.first_started_at,
       updated_at = excluded.updated_at, lease_expires_at = excluded.lease_expires_at,
       percent = null, done = null, total = null, stage = null, message = null, error = null, error_detail = null
returning l.job_id, l.fence, l.attempt, l.max_attempts`,

    // ---- extend and report (T5)

    /** Who is heard from for the first time steps out of the line it was claimed from; from then on no index is touched. */
    extend: `
with ${CLOCK},
held as materialized (
  select l.*
    from unnest($2::uuid[], $3::integer[]) as told (job_id, fence)
   cross join lateral (
     select w.job_id, w.fence, w.cancel_requested_at is not null as cancel
       from ${live} w
      where w.job_id = told.job_id and w.fence = told.fence and w.status = 'processing'
        for update) l
),
renewed as (
  update ${live} l
     set lease_expires_at = clock.now + $4::float8 * interval '1 millisecond', line = 'held'
    from clock
   where l.job_id = any (array(select h.job_id from held h))
)
select h.job_id, h.fence, h.cancel from held h`,

    saveWorker: `
with ${CLOCK}
insert into ${workers} as w (
  worker_id, started_at, seen_at, lease_ms, pid, concurrency, running, accepting, host, kinds, queues)
select $2, clock.now, clock.now, $3::float8, $4::integer, $5::integer, $6::integer, $7::boolean, $8, $9::text[], $10::text[]
  from clock
    on conflict (worker_id) do update
   set seen_at = excluded.seen_at, lease_ms = excluded.lease_ms, pid = excluded.pid, host = excluded.host,
       concurrency = excluded.concurrency, running = excluded.running, accepting = excluded.accepting,
       kinds = excluded.kinds, queues = excluded.queues`,

    /** Percent never falls, and an unknown one takes nothing back. A new stage clears what was told of the old one. */
    report: `
with ${CLOCK},
told as materialized (
  select *
    from unnest($2::uuid[], $3::integer[], $4::text[], $5::float8[], $6::boolean[], $7::float8[], $8::boolean[],
                $9::float8[], $10::boolean[], $11::text[], $12::boolean[])
         as t (job_id, fence, stage, percent, has_done, done, has_total, total, has_message, message, changes)
),
held as materialized (
  select l.*, t.stage as told_stage, t.percent as told_percent, t.has_done, t.done as told_done, t.has_total,
         t.total as told_total, t.has_message, t.message as told_message, t.changes,
         t.stage is not null and t.stage is distinct from l.stage as is_new
    from told t
   cross join lateral (
     select * from ${live} w
      where w.job_id = t.job_id and w.fence = t.fence and w.status = 'processing'
        for update) l
),
noted as (
  insert into ${live} as l (${LIVE_COLUMNS})
  select h.job_id, h.run_at, greatest(clock.now, h.updated_at), h.expires_at, h.lease_expires_at, h.cancel_requested_at,
         h.first_started_at, h.started_at, h.claimed_at, h.priority, h.attempt, h.max_attempts, h.generation, h.fence,
         h.seq, h.lost_count, h.recorded, h.line, h.status, h.claimed_from, h.queue, h.kind, h.owner, h.worker_id,
         h.unique_key, h.concurrency_key, greatest(h.percent, h.told_percent),
         case when h.has_done then h.told_done when not h.is_new then h.done end,
         case when h.has_total then h.told_total when not h.is_new then h.total end,
         coalesce(h.told_stage, h.stage),
         case when h.has_message then h.told_message when not h.is_new then h.message end, h.error, h.error_detail
    from held h, clock
   where h.changes
      on conflict (job_id) do update
     set updated_at = excluded.updated_at, percent = excluded.percent, done = excluded.done, total = excluded.total,
         stage = excluded.stage, message = excluded.message,
         stage_started_at = case when excluded.stage is distinct from l.stage then excluded.updated_at
                                 else l.stage_started_at end
),
logged as (
  insert into ${logs} (job_id, fence, at, message, fields)
  select h.job_id, h.fence, greatest(clock.now, h.updated_at), line.message, line.fields
    from unnest($13::uuid[], $14::integer[], $15::text[], $16::text[]) with ordinality
         as line (job_id, fence, message, fields, place)
    join held h on h.job_id = line.job_id and h.fence = line.fence
   cross join clock
   order by line.place
)
select h.job_id, h.fence, h.cancel_requested_at is not null as cancel from held h`,

    // ---- settle (T6–T10, T13, T16)

    /**
     * Completions of the common sort, in time, unasked and without a key: deletes a narrow row, adds an ending, and writes
     * no trail. What most have in common is said once: $3 is the fence of all of them, or null when $4 has each by its id;
     * $5 has the results that are not null. Answers with one row: how many, and which ones if not all.
     */
    complete: `
with ${CLOCK},
${COMPLETED(`
     and l.lease_expires_at > (select now from clock)
     and l.cancel_requested_at is null
     and l.concurrency_key is null`)}
select count(*)::integer as settled,
       case when count(*) < cardinality($2::uuid[]) then string_agg(g.job_id::text, ',') end as those,
       ${CARRIED(6)}
  from gone g`,

    /** Completions of any sort: late ones and those asked to stop are told in the trail, and slots are given back. */
    completeAny: `
with ${CLOCK},
${COMPLETED("")},
told as (
  insert into ${events} (
    job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, start_unknown, reason)
  select g.job_id, g.seq, g.claimed_at, coalesce(g.claimed_from, 'pending'), 'processing', 'claim',
         case when g.recorded then 'recorder:' else 'worker:' end || g.worker_id,
         g.attempt, g.fence, g.generation, g.started_at is null, null
    from clock
   cross join gone g
   where g.lease_expires_at <= clock.now and g.cancel_requested_at is null
  union all
  select g.job_id, g.seq + 1, greatest(clock.now, g.updated_at), 'processing', 'completed', 'complete',
         case when g.recorded then 'recorder:' else 'worker:' end || g.worker_id,
         g.attempt, g.fence, g.generation, false, case when g.lease_expires_at <= clock.now then 'late' end
    from clock
   cross join gone g
   where g.lease_expires_at <= clock.now or g.cancel_requested_at is not null
),
${FREED("gone g", "g.concurrency_key is not null", "g")}
select count(*)::integer as settled,
       string_agg(g.job_id::text, ',') as those,
       string_agg(g.job_id::text, ',') filter (where g.lease_expires_at <= clock.now) as late,
       coalesce(bool_or(g.concurrency_key is not null), false) as freed
  from clock
 cross join gone g`,

    /** The other endings of an attempt, decided here as core/settle-rules.ts says (\`endByHolder\`). */
    settle: `
with ${CLOCK},
held as materialized (
  select l.*, told.outcome, told.in_ms, told.told_error, told.told_detail, ${HOLDER} as actor,
         greatest(clock.now, l.updated_at) as at, l.lease_expires_at <= clock.now as late,
         l.cancel_requested_at is not null as asked
    from clock
   cross join unnest($2::uuid[], $3::integer[], $4::text[], $5::float8[], $6::text[], $7::text[])
         as told (job_id, fence, outcome, in_ms, told_error, told_detail)
   cross join lateral (
     select * from ${live} w
      where w.job_id = told.job_id and w.fence = told.fence and w.status = 'processing'
        for update) l
),
named as materialized (
  select h.*,
         case
           when h.outcome = 'cancelled' then 'confirm_cancel'
           when h.asked then 'fail_cancel'
           when h.outcome = 'released' then 'release'
           when h.outcome = 'snoozed' then 'snooze'
           when h.in_ms is null or h.attempt >= h.max_attempts then 'fail'
           else 'fail_retry'
         end as event
    from held h
   where h.asked or h.outcome <> 'cancelled'
),
decided as materialized (
  select n.*,
         case n.event when 'release' then 'pending' when 'snooze' then 'scheduled' when 'fail' then 'failed'
                      when 'fail_retry' then 'retrying' else 'cancelled' end as to_status,
         coalesce(case when n.late then 'late' end,
                  case when n.event = 'fail_cancel' and n.outcome <> 'failed' then n.outcome end) as reason,
         null::text as request_id,
         n.told_error as trail_error,
         n.attempt - case when n.event in ('release', 'snooze') then 1 else 0 end as next_attempt,
         n.fence as next_fence,
         case when n.event = 'release' then n.lost_count else 0 end as next_lost,
         case when n.event in ('snooze', 'fail_retry') then clock.now + n.in_ms * interval '1 millisecond'
              else n.run_at end as next_run_at,
         n.cancel_requested_at as next_cancel_at,
         case when n.event in ('fail', 'fail_retry') then n.told_error end as next_error,
         case when n.event in ('fail', 'fail_retry') then n.told_detail end as next_detail,
         n.event in ('release', 'snooze') as forgets
    from named n, clock
),
${APPLY}
select d.job_id, d.fence, d.to_status as status, d.late, d.concurrency_key is not null as freed
  from decided d`,

    /** The remark that another ending was told afterwards: once per fence. */
    remark: `
with ${CLOCK},
held as materialized (
  select e.job_id, e.seq, e.status, e.attempt, e.generation, greatest(clock.now, e.updated_at) as at,
         $4::text as actor, $5::text as reason, $6::text as error
    from clock
   cross join ${ended} e
   where e.job_id = $2::uuid
     and e.fence = $3::integer
     for update of e
),
fresh as materialized (
  select h.*
    from held h
   where (select true from ${events} v
           where v.job_id = h.job_id and v.fence = $3 and v.event = 'conflict' limit 1) is null
     -- Moved on since this statement began: by the same remark, told at the same time, for nothing else moves an ending on.
     and h.seq = (select w.seq from ${ended} w where w.job_id = h.job_id)
),
told as (
  insert into ${events} (
    job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, reason, error)
  select f.job_id, f.seq + 1, f.at, f.status, f.status, 'conflict', f.actor, f.attempt, $3, f.generation, f.reason, f.error
    from fresh f
)
update ${ended} e
   set seq = e.seq + 1, updated_at = greatest(clock.now, e.updated_at)
  from clock
 where e.job_id = any (array(select f.job_id from fresh f))`,

    // ---- callbacks: the statements of one transaction, beside those of T5–T8

    /** Locks the job against everybody until the callback is decided; no row when it is not live. */
    holdForCallback: `
select l.status, l.fence from ${live} l where l.job_id = $1::uuid for update`,

    callbackKnown: `
select (select true from ${callbacks} c where c.job_id = $1::uuid and c.id = $3) as is_known,
       (select max(c.seq) from ${callbacks} c where c.job_id = $1::uuid and c.fence = $2::integer) as last_seq`,

    addCallback: `
insert into ${callbacks} (job_id, fence, seq, id) values ($1::uuid, $2::integer, $3::integer, $4)`,

    callbacks: `
select c.job_id, c.fence, c.seq, c.id
  from ${callbacks} c
 where c.job_id = any ($1::uuid[])
 order by c.job_id, c.fence, c.seq`,

    // ---- sweep (T11–T13, T18)

    /**
     * Looks among those that were heard from (held) and those that a claim took and nobody was heard of since.
     * As core/settle-rules.ts says (\`endByRescue\`). $3 and $4: code and message of a lost job, $5 and $6 of a poisoned
     * one.
     */
    rescue: `
with ${CLOCK},
over as materialized (
  select c.claim_id, c.leased_until, c.job_ids
    from ${claims} c, clock
   where c.leased_until <= clock.now
   order by c.claim_id
   limit 100
),
silent as materialized (
  select o.claim_id, l.job_id
    from over o
   cross join unnest(o.job_ids) as claimed (job_id)
   cross join lateral (
     select w.job_id from ${live} w
      where w.job_id = claimed.job_id and w.status = 'processing' and w.lease_expires_at <= o.leased_until offset 0) l
),
settled as (
  delete from ${claims} c
   where c.claim_id = any (array(select o.claim_id from over o where o.claim_id not in (select s.claim_id from silent s)))
),
lost as materialized (
  select s.job_id from silent s
   union
  select l.job_id
    from clock
   cross join ${live} l
   where l.line = 'held'
     and l.lease_expires_at <= clock.now
   order by job_id
   limit $2
),
held as materialized (
  select l.*, greatest(clock.now, l.updated_at) as at, l.cancel_requested_at is not null as asked,
         l.lost_count + 1 >= $7::integer as poisoned
    from clock
   cross join lost
   cross join lateral (
     select * from ${live} w
      where w.job_id = lost.job_id and w.status = 'processing' and w.lease_expires_at <= clock.now
        for update skip locked) l
),
named as materialized (
  select h.*,
         case when h.asked then 'lose_cancel' when h.poisoned or h.attempt >= h.max_attempts then 'lose_fail'
              else 'lose_retry' end as event,
         json_build_object(
           'code', case when h.poisoned then $5::text else $3::text end,
           'message', case when h.poisoned then $6::text else $4::text end,
           'category', case when h.poisoned then 'internal' else 'temporary' end,
           'retryable', not h.poisoned,
           'reference', right(h.job_id::text, 12) || '-' || h.fence)::text as failure
    from held h
),
decided as materialized (
  select n.*,
         case n.event when 'lose_cancel' then 'cancelled' when 'lose_fail' then 'failed' else 'retrying' end as to_status,
         'rescuer' as actor,
         null::text as reason,
         null::text as request_id,
         n.failure as trail_error,
         n.attempt as next_attempt,
         n.fence as next_fence,
         n.lost_count + 1 as next_lost,
         case when n.event = 'lose_retry' then clock.now else n.run_at end as next_run_at,
         n.cancel_requested_at as next_cancel_at,
         case when n.event <> 'lose_cancel' then n.failure end as next_error,
         null::text as next_detail,
         false as forgets
    from named n, clock
),
${APPLY}
select d.job_id, d.kind, d.fence, d.to_status as status
  from decided d`,

    expire: `
with ${CLOCK},
held as materialized (
  select l.*, greatest(clock.now, l.updated_at) as at
    from clock
   cross join ${live} l
   where l.expires_at <= clock.now
     and l.status <> 'processing'
   order by l.expires_at, l.job_id
   limit $2
     for update of l skip locked
),
decided as materialized (
  select h.*, 'expire' as event, 'expired' as to_status, 'sweeper' as actor, null::text as reason,
         null::text as request_id, null::text as trail_error, h.attempt as next_attempt, h.fence as next_fence,
         h.lost_count as next_lost, h.run_at as next_run_at, h.cancel_requested_at as next_cancel_at,
         null::text as next_error, null::text as next_detail, false as forgets
    from held h
),
${APPLY}
select d.job_id, d.kind, d.fence, d.to_status as status
  from decided d`,

    // ---- cancel (T14, T15, T17), retry (T19), purge and remove (T20)

    cancel: `
with ${CLOCK},
held as materialized (
  select l.*, asked.actor, asked.reason, asked.request_id, asked.force, greatest(clock.now, l.updated_at) as at
    from clock
   cross join unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
         as asked (job_id, its_owner, actor, reason, request_id, force)
   cross join lateral (
     select * from ${live} w
      where w.job_id = asked.job_id and (asked.its_owner is null or w.owner = asked.its_owner)
        for update) l
),
decided as materialized (
  select h.*,
         case when h.status <> 'processing' then 'cancel' when h.force then 'force_cancel' else 'request_cancel' end as event,
         case when h.status = 'processing' and not h.force then 'processing' else 'cancelled' end as to_status,
         null::text as trail_error,
         h.attempt as next_attempt,
         -- A fence that nobody was given locks the holder out.
         h.fence + case when h.status = 'processing' and h.force then 1 else 0 end as next_fence,
         h.lost_count as next_lost,
         h.run_at as next_run_at,
         coalesce(h.cancel_requested_at, h.at) as next_cancel_at,
         null::text as next_error,
         null::text as next_detail,
         false as forgets
    from held h
   where h.status <> 'processing' or h.force or h.cancel_requested_at is null
),
${APPLY}
select d.job_id, d.event, d.to_status as status
  from decided d
 union all
select h.job_id, 'asked_before', h.status
  from held h
 where h.status = 'processing' and not h.force and h.cancel_requested_at is not null`,

    /**
     * The job gets the same time to live again, or it would expire at once. A key taken meanwhile is found first; a race
     * for it ends in a unique violation, and the caller runs the statement again.
     */
    retry: `
with ${CLOCK},
held as materialized (
  select e.*, j.kind, j.queue, j.owner, j.priority, j.max_attempts, j.recorded, j.unique_key, j.concurrency_key,
         j.expires_at - j.created_at as lives, asked.actor, asked.request_id, asked.only_retryable,
         asked.max_generations, greatest(clock.now, e.updated_at) as at
    from clock
   cross join unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::integer[])
         as asked (job_id, its_owner, actor, request_id, only_retryable, max_generations)
   cross join lateral (
     select * from ${jobs} w
      where w.job_id = asked.job_id and (asked.its_owner is null or w.owner = asked.its_owner) offset 0) j
   cross join lateral (select * from ${ended} w where w.job_id = asked.job_id for update) e
),
judged as materialized (
  select h.*, same.job_id as same_id,
         case
           when (select true from ${events} v
                  where v.job_id = h.job_id and v.event = 'retry' and v.request_id = h.request_id limit 1) then 'replayed'
           when h.status = 'completed' then 'illegal'
           when h.only_retryable and h.error::json ->> 'retryable' = 'false' then 'error'
           when h.generation >= h.max_generations then 'generations'
           when same.job_id is not null then 'unique'
           else 'done'
         end as answer
    from held h
    left join lateral (
      select w.job_id from ${live} w
       where w.unique_key = h.unique_key
         and coalesce('=' || w.owner, '') = coalesce('=' || h.owner, '') offset 0) same on true
),
gone as (
  delete from ${ended} e
   where e.job_id = any (array(select b.job_id from judged b where b.answer = 'done'))
),
back as (
  insert into ${live} (
    job_id, run_at, updated_at, expires_at, first_started_at, started_at, claimed_at, priority, max_attempts, generation,
    fence, seq, recorded, line, status, queue, kind, owner, unique_key, concurrency_key)
  select b.job_id, clock.now, b.at, clock.now + b.lives, b.first_started_at, b.started_at, b.claimed_at, b.priority,
         b.max_attempts, b.generation + 1, b.fence, b.seq + 1, b.recorded, case when not b.recorded then 'ready' end, 'pending', b.queue, b.kind,
         b.owner, b.unique_key, b.concurrency_key
    from judged b, clock
   where b.answer = 'done'
),
told as (
  insert into ${events} (
    job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, request_id)
  select b.job_id, b.seq + 1, b.at, b.status, 'pending', 'retry', b.actor, 0, b.fence, b.generation + 1, b.request_id
    from judged b
   where b.answer = 'done'
)
select b.job_id, b.answer, b.status, b.same_id
  from judged b`,

    /** Whether a retry was asked with the same key before, for jobs that have not ended. */
    retried: `
select asked.job_id, l.status, coalesce((
         select true from ${events} v
          where v.job_id = l.job_id and v.event = 'retry' and v.request_id = asked.request_id limit 1), false) as replayed
  from unnest($1::uuid[], $2::text[], $3::text[]) as asked (job_id, its_owner, request_id)
 cross join lateral (
    select * from ${live} w
     where w.job_id = asked.job_id and (asked.its_owner is null or w.owner = asked.its_owner) offset 0) l`,

    /** Ids that the rules let go, oldest first. A rule with both limits lets a job go that exceeds either. */
    doomed: `
with ${CLOCK},
rule as materialized (
  select * from unnest($3::text[], $4::float8[], $5::bigint[]) as r (status, older_ms, keep)
)
select found.job_id, found.generation
  from (
    select old.job_id, old.finished_at, old.generation
      from clock
     cross join rule
     cross join lateral (
       select e.job_id, e.finished_at, e.generation
         from ${ended} e
        where e.status = rule.status and e.finished_at < clock.now - rule.older_ms * interval '1 millisecond'
        order by e.finished_at
        limit $2) old
     union
    select extra.job_id, extra.finished_at, extra.generation
      from rule
     cross join lateral (
       select e.job_id, e.finished_at, e.generation
         from ${ended} e
        where e.status = rule.status
          -- The newest \`keep\` stay: everything before the first that is too many may go.
          and (e.finished_at, e.job_id) <= (
            select n.finished_at, n.job_id
              from ${ended} n
             where n.status = rule.status
             order by n.finished_at desc, n.job_id desc
            offset rule.keep
             limit 1)
        order by e.finished_at
        limit $2) extra
     where rule.keep is not null) found
 order by found.finished_at, found.job_id
 limit $2`,

    /**
     * Removes finished jobs and all that belongs to them; the tombstone keeps the fact. A job that was tried again since it
     * was looked at ($4: its generation then) has ended anew, and stays.
     */
    bury: `
with ${CLOCK},
gone as materialized (
  select e.job_id, e.status, e.finished_at, e.updated_at, e.error::json ->> 'code' as error_code, j.kind, j.owner,
         j.created_at
    from unnest($2::uuid[], $3::text[], $4::integer[]) as asked (job_id, its_owner, its_generation)
   cross join lateral (
     select * from ${jobs} w
      where w.job_id = asked.job_id and (asked.its_owner is null or w.owner = asked.its_owner) offset 0) j
   cross join lateral (
     select * from ${ended} w
      where w.job_id = asked.job_id and (asked.its_generation is null or w.generation = asked.its_generation)
        for update) e
),
ending as (
  delete from ${ended} e where e.job_id = any (array(select g.job_id from gone g))
),
doc as (
  delete from ${jobs} j where j.job_id = any (array(select g.job_id from gone g))
),
story as (
  delete from ${events} v where v.job_id = any (array(select g.job_id from gone g))
),
lines as (
  delete from ${logs} o where o.job_id = any (array(select g.job_id from gone g))
),
calls as (
  delete from ${callbacks} c where c.job_id = any (array(select g.job_id from gone g))
),
stone as (
  insert into ${tombstones} (job_id, created_at, finished_at, purged_at, status, kind, owner, error_code)
  select g.job_id, g.created_at, g.finished_at, greatest(clock.now, g.updated_at), g.status, g.kind, g.owner, g.error_code
    from gone g, clock
      on conflict (job_id) do nothing
)
select g.job_id, g.kind, g.owner, g.status, g.error_code, ${ms("g.created_at")} as created_at,
       ${ms("g.finished_at")} as finished_at, ${ms("greatest(clock.now, g.updated_at)")} as purged_at
  from gone g, clock
 order by g.finished_at, g.job_id`,

    forget: `
with ${CLOCK}
delete from ${tombstones} t
 where t.job_id = any (array(
   select o.job_id
     from ${tombstones} o, clock
    where o.purged_at < clock.now - $2::float8 * interval '1 millisecond'
    order by o.purged_at
    limit $3))`,

    // ---- read, list, counts, trail, logs

    readStatus: `
with ${CLOCK}
select ${FACTS}, wanted.owner as asked_by${WANTED}`,

    readInfo: `
with ${CLOCK}
select ${FACTS}, octet_length(j.payload) as payload_bytes,
       e.result, wanted.owner as asked_by, ${WAITING_FACTS}${WANTED}${WAITING}`,

    readFull: `
with ${CLOCK}
select ${FACTS}, octet_length(j.payload) as payload_bytes,
       e.result, coalesce(l.error_detail, e.error_detail) as error_detail, j.payload, wanted.owner as asked_by,
       ${WAITING_FACTS}${WANTED}${WAITING}`,

    stones: `
select t.job_id, t.kind, t.owner, t.status, t.error_code, ${ms("t.created_at")} as created_at,
       ${ms("t.finished_at")} as finished_at, ${ms("t.purged_at")} as purged_at
  from unnest($1::uuid[], $2::text[]) as wanted (job_id, owner)
 cross join lateral (
    select * from ${tombstones} w
     where w.job_id = wanted.job_id and (wanted.owner is null or w.owner = wanted.owner) offset 0) t`,

    list: `
with ${CLOCK}
select ${FACTS}, octet_length(j.payload) as payload_bytes, e.result
  from clock
 cross join ${jobs} j${STATE}
 where true${LIST_FILTER}`,

    /** For one owner: along the index of owners. */
    listOwned: `
with ${CLOCK}
select ${FACTS}, octet_length(j.payload) as payload_bytes, e.result
  from clock
 cross join ${jobs} j${STATE}
 where j.owner = $4${LIST_FILTER}`,

    /** For statuses of unfinished jobs only: finished ones are not even looked at. */
    listLive: `
with ${CLOCK}
select ${FACTS}, octet_length(j.payload) as payload_bytes, e.result
  from clock
 cross join ${live} l
 cross join lateral (select * from ${jobs} w where w.job_id = l.job_id offset 0) j
  left join lateral (select * from ${ended} w where w.job_id = l.job_id offset 0) e on true
 where true${LIST_FILTER.replaceAll("j.job_id", "l.job_id")}`,

    /**
     * For everybody's jobs, and statuses of which \`completed\` is none: each of the rarer endings along its own index in the order of ids, so that
     * nobody walks past all that went well; unfinished jobs only when some are asked for.
     */
    listWithoutCompleted: `
with ${CLOCK},
found as materialized (
  select one.job_id
    from unnest($7::text[]) as asked (status)
   cross join lateral (
     select e.job_id
       from ${ended} e
      cross join lateral (
        select 1 from ${jobs} w where w.job_id = e.job_id and ${ABOUT("w")} offset 0) j
      where e.status = asked.status and e.status <> 'completed' and ($3::uuid is null or e.job_id < $3)
      order by e.job_id desc
      limit $2) one
   union all
  (select l.job_id
     from clock
    cross join ${live} l
    where $7::text[] && array['scheduled', 'pending', 'processing', 'retrying']
      and case when l.status = 'scheduled' and l.run_at <= clock.now then 'pending' else l.status end = any ($7)
      and ($3::uuid is null or l.job_id < $3) and ${ABOUT("l")}
    order by l.job_id desc
    limit $2)
)
select ${FACTS}, octet_length(j.payload) as payload_bytes, e.result
  from clock
 cross join (select distinct job_id from found) f
 cross join lateral (select * from ${jobs} w where w.job_id = f.job_id offset 0) j${STATE}
 order by j.job_id desc
 limit $2`,

    counts: `
with ${CLOCK}
select case when l.status = 'scheduled' and l.run_at <= clock.now then 'pending' else l.status end as status,
       count(*)::float8 as jobs
  from ${live} l, clock
 where ($2::text is null or l.owner = $2)
   and ($3::text is null or l.kind = $3)
   and ($4::text is null or l.queue = $4)
 group by 1
 union all
select e.status, count(*)::float8
  from ${ended} e
 where $2::text is null and $3::text is null and $4::text is null
 group by e.status
 union all
select e.status, count(*)::float8
  from ${jobs} j
  join ${ended} e on e.job_id = j.job_id
 where not ($2::text is null and $3::text is null and $4::text is null)
   and ($2::text is null or j.owner = $2)
   and ($3::text is null or j.kind = $3)
   and ($4::text is null or j.queue = $4)
 group by e.status`,

    /** The facts that unwritten rows are told from, and the written ones: one snapshot. */
    trail: `
select j.job_id, j.recorded, ${ms("j.created_at")} as created_at, ${ms("j.scheduled_at")} as scheduled_at,
       coalesce(l.status, e.status) as status, coalesce(l.seq, e.seq) as seq,
       coalesce(l.attempt, e.attempt) as attempt, coalesce(l.fence, e.fence) as fence,
       coalesce(l.generation, e.generation) as generation,
       coalesce(l.worker_id, e.worker_id) as last_worker_id,
       ${ms("coalesce(l.started_at, e.started_at)")} as started_at,
       ${ms("coalesce(l.claimed_at, e.claimed_at)")} as claimed_at,
       ${ms("e.finished_at")} as finished_at,
       v.seq as event_seq, ${ms("v.at")} as at, v.from_status, v.to_status, v.event, v.actor, v.attempt as event_attempt,
       v.fence as event_fence, v.generation as event_generation, v.start_unknown, v.reason, v.request_id,
       v.error as event_error
  from ${jobs} j${STATE}
  left join lateral (select * from ${events} w where w.job_id = j.job_id offset 0) v on true
 where j.job_id = any ($1::uuid[])
 order by j.job_id, v.seq`,

    tombstones: `
select t.job_id, t.kind, t.owner, t.status, t.error_code, ${ms("t.created_at")} as created_at,
       ${ms("t.finished_at")} as finished_at, ${ms("t.purged_at")} as purged_at
  from ${tombstones} t
 where $1::uuid is null or t.job_id > $1
 order by t.job_id
 limit $2`,

    logs: `
select o.job_id, o.fence, ${ms("o.at")} as at, o.message, o.fields
  from ${logs} o
 where o.job_id = $1::uuid
 order by o.line`,

    // ---- queues, workers, kinds

    pauseQueue: `
with ${CLOCK}
insert into ${queues} as q (queue, paused_at, paused_by)
select $2, clock.now, $3
  from clock
    on conflict (queue) do update
   set paused_at = excluded.paused_at, paused_by = excluded.paused_by
 where q.paused_at is null`,

    resumeQueue: `
insert into ${queues} (queue) values ($1)
    on conflict (queue) do update set paused_at = null, paused_by = null`,

    queues: `
select n.queue, ${ms("q.paused_at")} as paused_at, q.paused_by
  from (select queue from ${lanes} union select queue from ${queues}) n
  left join ${queues} q on q.queue = n.queue
 order by n.queue collate "C"`,

    workers: `
with ${CLOCK}
select w.worker_id, w.host, w.pid, w.kinds, w.queues, w.concurrency, w.running, w.accepting, w.lease_ms,
       ${ms("w.started_at")} as started_at, ${ms("w.seen_at")} as seen_at
  from ${workers} w, clock
 where w.seen_at >= clock.now - interval '1 day'
 order by w.seen_at desc, w.started_at desc, w.worker_id`,

    forgetWorkers: `
with ${CLOCK}
delete from ${workers} w using clock where w.seen_at < clock.now - interval '1 day'`,

    /** Counted under the day of the clock, the days since 1970. The order of the rows is the order of their locks. */
    learn: `
with ${CLOCK}
insert into ${durations} as d (kind, period, measure, stage, size, bucket, samples)
select t.kind, floor(date_part('epoch', clock.now) / 86400)::integer, t.measure, coalesce(t.stage, ''), t.size, t.bucket,
       sum(t.samples)
  from clock
 cross join unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::bigint[])
       as t (kind, measure, stage, size, bucket, samples)
 group by 1, 2, 3, 4, 5, 6
 order by 1, 2, 3, 4, 5, 6
    on conflict (kind, period, measure, stage, size, bucket) do update
   set samples = d.samples + excluded.samples`,

    learned: `
with ${CLOCK},
today as (
  select floor(date_part('epoch', clock.now) / 86400)::integer as period from clock
)
select d.kind, greatest(0, today.period - d.period) as age_days, d.measure, nullif(d.stage, '') as stage, d.size, d.bucket,
       d.samples::float8 as samples
  from today
 cross join ${durations} d
 where d.kind = any ($2::text[])
   and d.period > today.period - $3::integer`,

    forgetDurations: `
with ${CLOCK}
delete from ${durations} d
 using clock
 where d.period <= floor(date_part('epoch', clock.now) / 86400)::integer - $2::integer`,

    saveKinds: `
insert into ${kinds} (kind, stages, target_ms)
select told.kind, told.stages, told.target_ms
  from unnest($1::text[], $2::text[], $3::float8[]) as told (kind, stages, target_ms)
 order by told.kind
    on conflict (kind) do update
   set stages = excluded.stages, target_ms = excluded.target_ms
 where (${kinds}.stages, ${kinds}.target_ms) is distinct from (excluded.stages, excluded.target_ms)`,

    kinds: `
select kind, stages, target_ms from ${kinds} order by kind collate "C"`,
  };
}
