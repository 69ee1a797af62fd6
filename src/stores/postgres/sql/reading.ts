/** Statements that only read: lists, counts, trails and logs; for those that read jobs by their ids see status.ts. */
import { facts, stateOf } from "./facts.js";
import { CLOCK, endedFacts, endStatusOf, liveFacts, ms, statusOf, type Tables } from "./words.js";

export type ReadingStatement =
  | "stones"
  | "list"
  | "listOwned"
  | "listLive"
  | "listWithoutCompleted"
  | "counts"
  | "trail"
  | "tombstones"
  | "logs";

export function readingStatements(tables: Tables): Record<ReadingStatement, string> {
  const { jobs, live, ended, events, lanes, logs, tombstones } = tables;
  const WHOLE = facts();
  const STATE = stateOf(tables);

  const STATUS_NOW = `case when l.status = 'scheduled' and l.run_at <= clock.now then 'pending'
            when e.job_id is not null then ${endStatusOf("e.status")} else ${statusOf("l")} end`;

  /** Whether a row is of a kind and a queue, where they are asked for. */
  const inLanes = (w: string, kind: string, queue: string): string => `(${kind}::text is null and ${queue}::text is null
        or ${w}.lane_id = any (array(
             select n.lane_id from ${lanes} n
              where (${kind} is null or n.kind = ${kind}) and (${queue} is null or n.queue = ${queue}))))`;

  const ABOUT = (w: string): string => `($4::text is null or ${w}.owner = $4)
   and ${inLanes(w, "$5", "$6")}`;

  const LIST_FILTER = `
   and ($3::uuid is null or j.job_id < $3)
   and ${ABOUT("j")}
   and ($7::text[] is null or ${STATUS_NOW} = any ($7))
 order by j.job_id desc
 limit $2`;

  return {
    stones: `
select t.job_id, t.kind, t.owner, t.status, t.error_code, ${ms("t.created_at")} as created_at,
       ${ms("t.finished_at")} as finished_at, ${ms("t.purged_at")} as purged_at
  from unnest($1::uuid[], $2::text[]) as wanted (job_id, owner)
 cross join lateral (
    select * from ${tombstones} w
     where w.job_id = wanted.job_id and (wanted.owner is null or w.owner = wanted.owner) offset 0) t`,

    list: `
with ${CLOCK}
select ${WHOLE}
  from clock
 cross join ${jobs} j${STATE}
 where true${LIST_FILTER}`,

    /** For one owner: along the index of owners. */
    listOwned: `
with ${CLOCK}
select ${WHOLE}
  from clock
 cross join ${jobs} j${STATE}
 where j.owner = $4${LIST_FILTER}`,

    /** For statuses of unfinished jobs only: finished ones are not even looked at. */
    listLive: `
with ${CLOCK}
select ${WHOLE}
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
    cross join (select ${liveFacts("w")} from ${live} w) l
    where $7::text[] && array['scheduled', 'pending', 'processing', 'retrying']
      and case when l.status = 'scheduled' and l.run_at <= clock.now then 'pending' else l.status end = any ($7)
      and ($3::uuid is null or l.job_id < $3)
      and ($4::text is null or l.owner = $4) and ${inLanes("l", "$5", "$6")}
    order by l.job_id desc
    limit $2)
)
select ${WHOLE}
  from clock
 cross join (select distinct job_id from found) f
 cross join lateral (select * from ${jobs} w where w.job_id = f.job_id offset 0) j${STATE}
 order by j.job_id desc
 limit $2`,

    counts: `
with ${CLOCK}
select case when l.status = 'scheduled' and l.run_at <= clock.now then 'pending' else l.status end as status,
       count(*)::float8 as jobs
  from (select ${liveFacts("w")} from ${live} w) l, clock
 where ($2::text is null or l.owner = $2)
   and ${inLanes("l", "$3", "$4")}
 group by 1
 union all
select ${endStatusOf("e.status")}, count(*)::float8
  from ${ended} e
 where $2::text is null and $3::text is null and $4::text is null
 group by e.status
 union all
select ${endStatusOf("e.status")}, count(*)::float8
  from ${jobs} j
  join ${ended} e on e.job_id = j.job_id
 where not ($2::text is null and $3::text is null and $4::text is null)
   and ($2::text is null or j.owner = $2)
   and ${inLanes("j", "$3", "$4")}
 group by e.status`,

    /** The facts that unwritten rows are told from, and the written ones: one snapshot. */
    trail: `
select j.job_id, coalesce(j.recorded, false) as recorded, ${ms("j.created_at")} as created_at, ${ms("j.scheduled_at")} as scheduled_at,
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
  from ${jobs} j${stateOf(tables, liveFacts("w"), endedFacts("w"))}
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
