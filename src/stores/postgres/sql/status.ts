/**
 * Statements that read jobs by their ids. Why a waiting job has not started is mostly a matter of its lane and not of the
 * job, so the views that tell it do as much as they can once for a statement, however many of a lane are asked for:
 *   – a row for each lane comes first, with who works there and whether its queue is paused;
 *   – the front of a queue, the first thousand in line, is walked once, and each job's place is its place in that list.
 */
import { facts, keptFacts, stateOf, wiredFacts } from "./facts.js";
import { CLOCK, ms, runs, type Tables, waits } from "./words.js";

export type StatusStatement = "readStatus" | "readEnded" | "readInfo" | "readFull";

export function statusStatements(tables: Tables): Record<StatusStatement, string> {
  const { jobs, live, lanes, queues, limits, workers } = tables;

  const WANTED = `
  from clock
 cross join unnest($2::uuid[], $3::text[]) as wanted (job_id, owner)
 cross join lateral (
    select * from ${jobs} w
     where w.job_id = wanted.job_id and (wanted.owner is null or w.owner = wanted.owner) offset 0) j${stateOf(tables)}`;

  /** \`$4\` jobs of a lane at most that are due, in the order of the line. */
  const due = (before: string): string => `
       (select o.priority, o.run_at, o.job_id
          from ${live} o
         where o.lane_id = lane.lane_id and o.line is null and ${waits("o")}${before}
         order by o.priority, o.run_at, o.job_id
         limit $4)
        union all
       (select o.priority, o.run_at, o.job_id
          from ${live} o
         where o.lane_id = lane.lane_id and o.line = 'later'
           and o.run_at <= (select now from clock)${before}
         order by o.priority, o.run_at, o.job_id
         limit $4)`;

  /** Whatever holds it: for whoever explains one job. */
  const COUNTED = `(
    select count(*)::integer
      from (
        select 1
          from ${lanes} own
          join ${lanes} lane on lane.queue = own.queue
         cross join lateral (${due("\n           and (o.priority, o.run_at, o.job_id) < (f.line_priority, f.line_at, f.job_id)")}) o
         where own.lane_id = f.lane_id
         limit $4) counted)`;

  /** Null while something else holds it, and nobody is told of its place. */
  const RANKED = `(
    select coalesce(array_position(front.job_ids, f.job_id) - 1, cardinality(front.job_ids))
      from about
      join front on front.queue = about.queue
     where about.lane_id = f.lane_id and f.recorded is null and f.line_at <= (select now from clock))`;

  const read = (ahead: string, more = "", kept = ""): string => `
with ${CLOCK},
found as materialized (
select ${keptFacts()},
       wanted.owner as asked_by, l.priority as line_priority, l.run_at as line_at, l.status <> 'processing' as waits${kept}${WANTED}
),
about as materialized (
  select lane.lane_id, lane.queue, paused.paused_at, paused.paused_by, crew.live_workers, crew.seen_at
    from (select distinct f.lane_id from found f where f.waits) met
   cross join lateral (select * from ${lanes} n where n.lane_id = met.lane_id offset 0) lane
    left join lateral (select * from ${queues} q where q.queue = lane.queue offset 0) paused on true
   cross join lateral (
     select count(*) filter (
              where w.accepting and (w.queues is null or lane.queue = any (w.queues))
                and (select now from clock) < w.seen_at + w.lease_ms * interval '1 millisecond') as live_workers,
            max(w.seen_at) as seen_at
       from ${workers} w
      where lane.kind = any (w.kinds)) crew
),
front as materialized (
  select open.queue,
         array(
           select o.job_id
             from ${lanes} lane
            cross join lateral (${due("")}) o
            where lane.queue = open.queue
            order by o.priority, o.run_at, o.job_id
            limit $4) as job_ids
    from (select distinct a.queue from about a where a.live_workers > 0 and a.paused_at is null) open
)
select ${wiredFacts(null, { lane_id: "a.lane_id" })},
       null as asked_by, null::integer as ahead, null::text[] as key_holders,
       json_build_array(a.live_workers, ${ms("a.seen_at")}, ${ms("a.paused_at")}, a.paused_by)::text as lane${more && NO_MORE}
  from about a
 union all
select ${wiredFacts("f")},
       f.asked_by, case when f.waits then ${ahead} end, slots.key_holders, null${more}
  from found f
  left join lateral (
    select array(
             select h.job_id::text
               from ${live} h
              where h.concurrency_key = k.key and ${runs("h")}
              order by coalesce(h.claimed_at, h.started_at), h.job_id) as key_holders
      from ${limits} k
     where k.key = f.concurrency_key
       and k.running >= k.slots
    offset 0
  ) slots on f.waits`;

  return {
    readStatus: `
with ${CLOCK}
select ${facts("brief")},
       wanted.owner as asked_by${WANTED}`,

    /** As `readInfo` for jobs that do not wait: nothing of their lanes is looked up. */
    readEnded: `
with ${CLOCK}
select ${facts("whole")},
       wanted.owner as asked_by${WANTED}`,

    readInfo: read(RANKED),

    readFull: read(
      COUNTED,
      ", f.payload, f.error_detail",
      ",\n       j.payload, coalesce(l.error_detail, e.error_detail) as error_detail",
    ),
  };
}

const NO_MORE = ", null, null";
