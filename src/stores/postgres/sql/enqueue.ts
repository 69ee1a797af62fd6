/** Statements of T1 and T2: jobs come in, with and without keys, and what must be known of their lanes and keys first. */
import { CARRIED, CLOCK, ms, NOW, type Tables, TOLD, USUAL, unlessUsual } from "./words.js";

export type EnqueueStatement =
  | "enqueueLone"
  | "enqueue"
  | "enqueueAlike"
  | "enqueueKeyed"
  | "saveLanes"
  | "lanes"
  | "saveLimits";

export function enqueueStatements({ jobs, live, lanes, limits, tombstones }: Tables): Record<EnqueueStatement, string> {
  /** A time that is not in the future is no schedule: the job is simply pending. */
  const INPUT = `input as materialized (
  select i.*,
         case
           when i.run_in > 0 then clock.now + i.run_in * interval '1 millisecond'
           when to_timestamp(i.given_at / 1000) > clock.now then to_timestamp(i.given_at / 1000)
         end as scheduled_at,
         clock.now + i.expires_in * interval '1 millisecond' as expires_at
    from clock
   cross join unnest($2::uuid[], $3::integer[], $4::text[], $5::integer[], $6::float8[], $7::float8[], $8::float8[],
                $9::integer[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[],
                $16::uuid[], $17::uuid[], $18::boolean[])
         as i (job_id, lane_id, owner, priority, run_in, given_at, expires_in, max_attempts, payload, metadata, unique_key,
               idempotency_key, concurrency_key, concurrency_limit, parent_id, rerun_of, recorded)
)`;

  const JOB_COLUMNS = `job_id, lane_id, owner, priority, max_attempts, concurrency_limit, recorded, created_at,
    scheduled_at, expires_at, parent_id, rerun_of, unique_key, idempotency_key, concurrency_key, metadata, payload`;

  const JOB_VALUES = `i.job_id, i.lane_id, i.owner, ${unlessUsual("priority", "i.priority")},
         ${unlessUsual("max_attempts", "i.max_attempts")}, i.concurrency_limit, i.recorded, clock.now, i.scheduled_at, i.expires_at, i.parent_id, i.rerun_of, i.unique_key, i.idempotency_key,
         i.concurrency_key, i.metadata, i.payload`;

  /** A row of a job that is due says nothing but where it stands in line; see `liveFacts`. */
  const INTO_LIVE = (from: string): string => `
  insert into ${live} (
    job_id, run_at, updated_at, expires_at, lane_id, priority, seq, recorded, line, status, owner, unique_key, concurrency_key)
  select i.job_id, coalesce(i.scheduled_at, clock.now), case when i.scheduled_at is not null then clock.now end,
         i.expires_at, i.lane_id, i.priority,
         -- Without, \`live\` tells all that a status tells: see sql/status.ts.
         case when i.recorded or i.max_attempts <> ${USUAL.max_attempts} or i.scheduled_at is not null
                or coalesce(i.expires_at::text, i.parent_id::text, i.rerun_of::text, i.unique_key, i.idempotency_key,
                            i.concurrency_key, i.metadata) is not null then 1 end,
         i.recorded,
         case when i.recorded then 'none' when i.scheduled_at is not null then 'later' end,
         case when i.scheduled_at is not null then 'scheduled' end, i.owner, i.unique_key, i.concurrency_key
    from clock
   cross join ${from} i`;

  /** Of jobs with nothing that only some have, but for how often they may be tried. */
  const SEQ_UNLESS_USUAL = `case when $7::integer <> ${USUAL.max_attempts} then 1 end`;

  return {
    /**
     * One job with nothing that only some jobs have: the same as `enqueueAlike`, in as little as can be said. Most of what a
     * lone statement costs is to set its plan up, on a server whose caches are cold. No row = a purged job had the id.
     */
    enqueueLone: `
with job as (
  insert into ${jobs} (job_id, created_at, lane_id, priority, max_attempts, owner, payload)
  select $2::uuid, ${NOW}, $4::integer, ${unlessUsual("priority", "$6::integer")},
         ${unlessUsual("max_attempts", "$7::integer")}, $5::text, $3::text
   where not exists (select 1 from ${tombstones} t where t.job_id = $2::uuid)
  returning created_at
)
insert into ${live} (job_id, run_at, lane_id, priority, seq, owner)
select $2::uuid, job.created_at, $4::integer, $6::integer, ${SEQ_UNLESS_USUAL}, $5::text
  from job
returning ${TOLD(8)}`,

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
       ${CARRIED(19)}
  from known
 cross join clock
  left join input i on i.scheduled_at is not null`,

    /**
     * Jobs that differ in id and payload alone, ready at once: nearly all there are. Two columns instead of eighteen save a
     * third of what a job costs; what they share is said once. As `enqueue` with a taken id.
     */
    enqueueAlike: `
with ${CLOCK},
known as materialized (
  select exists (select 1 from ${tombstones} t where t.job_id = any ($2::uuid[])) as is_known
),
job as (
  insert into ${jobs} (job_id, created_at, lane_id, priority, max_attempts, owner, payload)
  select i.job_id, clock.now, $4::integer, ${unlessUsual("priority", "$6::integer")},
         ${unlessUsual("max_attempts", "$7::integer")}, $5::text, i.payload
    from clock
   cross join (select unnest($2::uuid[]) as job_id, unnest($3::text[]) as payload) i
   where not (select is_known from known)
),
alive as (
  insert into ${live} (job_id, run_at, lane_id, priority, seq, owner)
  select i.job_id, clock.now, $4::integer, $6::integer, ${SEQ_UNLESS_USUAL}, $5::text
    from clock
   cross join (select unnest($2::uuid[]) as job_id) i
   where not (select is_known from known)
)
select known.is_known, ${CARRIED(8)}
  from known`,

    /**
     * Jobs of any sort. What holds a key already is found first; a race for one ends in a unique
     * violation, which undoes the whole statement, and the caller runs it again. Keys are taken in their order, first all
     * of the one sort and then all of the other, so that batches which share some wait for each other and never in a ring.
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
   order by i.idempotency_key, i.owner, i.job_id
      on conflict (job_id) do nothing
  returning *
),
alive as (${INTO_LIVE("looked")}
   where i.job_id = any (array(select j.job_id from job j))
   order by i.unique_key, i.owner, i.job_id
)
select o.job_id, case when o.known_id is not null then 'known' when o.taken then 'exists' else 'duplicate' end as answer,
       other.job_id as other_id, other.lane_id, ${ms("other.scheduled_at")} as scheduled_at,
       null::float8 as due_in,
       case when o.known_id is not null then other.payload end as payload, ${CARRIED(19)}
  from looked o
  left join lateral (
    select * from ${jobs} w
     where w.job_id = coalesce(o.known_id, case when not o.taken then o.same_id end) offset 0) other on true
 where o.known_id is not null or o.taken or o.same_id is not null
 union all
select j.job_id, 'created', j.job_id, j.lane_id, ${ms("j.scheduled_at")}, ${ms("j.scheduled_at - clock.now")}, null,
       ${CARRIED(19)}
  from job j, clock`,

    /**
     * Remembers which kinds have been in which queues, and tells the ids of those lanes. Asked once per process and lane. One
     * that somebody else adds meanwhile is left out, and told when asked again.
     */
    saveLanes: `
with asked as materialized (
  select lane.queue, lane.kind from unnest($1::text[], $2::text[]) as lane (queue, kind)
),
added as (
  insert into ${lanes} (queue, kind)
  select lane.queue, lane.kind
    from asked lane
   where (select true from ${lanes} known where known.queue = lane.queue and known.kind = lane.kind) is null
   order by lane.queue, lane.kind
      on conflict do nothing
  returning lane_id, queue, kind
)
select a.lane_id, a.queue, a.kind from added a
 union all
select known.lane_id, known.queue, known.kind
  from asked lane
  join ${lanes} known on known.queue = lane.queue and known.kind = lane.kind`,

    lanes: `
select n.lane_id, n.queue, n.kind from ${lanes} n where n.lane_id = any ($1::integer[])`,

    /** The newest enqueue decides how many slots a key has. An unchanged row is not even locked. */
    saveLimits: `
insert into ${limits} (key, slots)
select asked.key, asked.slots
  from unnest($1::text[], $2::integer[]) as asked (key, slots)
 where (select k.slots from ${limits} k where k.key = asked.key) is distinct from asked.slots
 order by asked.key
    on conflict (key) do update set slots = excluded.slots`,
  };
}
