/** Statements that only read: status, lists, counts, trails and logs. */
import { CLOCK, endedFacts, ms, type Tables } from "./words.js";

export type ReadingStatement =
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
  | "logs";

export function readingStatements({
  jobs,
  live,
  ended,
  events,
  logs,
  lanes,
  queues,
  limits,
  workers,
  tombstones,
}: Tables): Record<ReadingStatement, string> {
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
       ${ms("coalesce(l.run_at, e.run_at, j.scheduled_at, j.created_at)")} as run_at,
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
  left join lateral (select ${endedFacts("w")} from ${ended} w where w.job_id = j.job_id offset 0) e on true`;

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

  return {
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
  left join lateral (select ${endedFacts("w")} from ${ended} w where w.job_id = l.job_id offset 0) e on true
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
  };
}
