/**
 * Statements that read jobs by their ids. Three things keep them small, for a status is read far more often than it changes:
 *   – A waiting job about which nothing is unusual and that never moved has no seq in `live`, and then nothing of it stands
 *     in `jobs` that a status tells: four columns say all. Whatever else is known of other jobs goes as one text, `told`.
 *   – Why a waiting job has not started is mostly a matter of its lane. So a row for each lane comes first, with who works
 *     there and whether its queue is paused, however many jobs of it are asked for.
 *   – A place in line is told only where somebody works (`readPlaced`): the front of a queue, the first thousand in line, is
 *     walked once, and each job's place is its place in that list.
 */
import { factsAsText } from "./facts.js";
import { CLOCK, ms, NOW, runs, type Tables, waits } from "./words.js";

export type StatusStatement =
  | "readStatus"
  | "readPlain"
  | "readEnded"
  | "readOne"
  | "readInfo"
  | "readPlaced"
  | "readFull";

/** The columns of an answer in their order; each statement has the first so many of them. */
export const CELLS = [
  // Which of those asked for, from 1. Null for a row about a lane.
  "nth",
  // Null when there is no such job, or it is somebody else's.
  "lane_id",
  "owner",
  "priority",
  "run_at",
  // In the first row about a job.
  "read_at",
  // The facts of a job that is not told by the columns before.
  "told",
  // So far: "status".
  "result",
  "payload_bytes",
  // Of the lane of a job that waits, as JSON: live workers, and when one was last heard from.
  "crew",
  // Since when its queue is paused, and by whom.
  "paused",
  // So far: "info", while nobody works there.
  "ahead",
  "key_holders",
  // So far: "info".
  "payload",
  "error_detail",
] as const;
type Cell = (typeof CELLS)[number];
export const CELL: Readonly<Record<Cell, number>> = Object.fromEntries(
  CELLS.map((name, index) => [name, index]),
) as Record<Cell, number>;

/** `l` tells all that a status tells. */
const isPlain = (l: string): string => `${l}.seq is null and ${waits(l)}`;
const WAITS = `l.job_id is not null and ${waits("l")}`;
const MANY = `clock
 cross join unnest($2::uuid[], $3::text[]) with ordinality as wanted (job_id, owner, nth)`;
const ONE = "(select $2::uuid as job_id, $3::text as owner, 1 as nth) wanted\n cross join clock";

const BRIEF = `wanted.nth, coalesce(l.lane_id, j.lane_id) as lane_id, l.owner, nullif(l.priority, 0) as priority,
       ${ms("l.run_at")} as run_at, case when wanted.nth = 1 then ${ms("clock.now")} end as read_at,
       case when j.job_id is not null and not (l.job_id is not null and ${isPlain("l")}) then
         ${factsAsText()} end as told`;
const INFO = `${BRIEF},
       case when j.job_id is not null then e.result end as result, octet_length(j.payload) as payload_bytes`;

const columns = (from: string, first: Cell, last: Cell): string =>
  CELLS.slice(CELL[first], CELL[last] + 1)
    .map((name) => `${from}.${name}`)
    .join(", ");

export function statusStatements(tables: Tables): Record<StatusStatement, string> {
  const { jobs, live, ended, lanes, queues, limits, workers } = tables;

  /** @param always  whether `jobs` is looked into for plain jobs, too */
  const found = (wanted: string, always = false): string => `
  from ${wanted}
  left join lateral (
    select * from ${live} w
     where w.job_id = wanted.job_id and (wanted.owner is null or w.owner = wanted.owner) offset 0) l on true
  left join lateral (
    select * from ${ended} w where w.job_id = wanted.job_id and l.job_id is null offset 0) e on true
  left join lateral (
    select * from ${jobs} w
     where w.job_id = wanted.job_id and (wanted.owner is null or w.owner = wanted.owner)${
       always ? "" : `\n       and (l.job_id is null or not (${isPlain("l")}))`
     } offset 0) j on true`;

  const CREW = `(
         select json_build_array(
                  count(*) filter (
                    where w.accepting and (w.queues is null or lane.queue = any (w.queues))
                      and (select now from clock) < w.seen_at + w.lease_ms * interval '1 millisecond'),
                  ${ms("max(w.seen_at)")})::text
           from ${workers} w
          where lane.kind = any (w.kinds))`;
  const PAUSED = `(
         select json_build_array(${ms("q.paused_at")}, q.paused_by)::text
           from ${queues} q
          where q.queue = lane.queue and q.paused_at is not null)`;

  /** Every row about a job has its lane before it. */
  const read = (more: string, always: boolean, between: string, last: Cell, rest: string, joined = ""): string => `
with ${CLOCK},
found as materialized (
select ${INFO},
       ${WAITS} as waits${more}${found(MANY, always)}
),
about as materialized (
  select lane.lane_id, lane.queue, ${CREW} as crew, ${PAUSED} as paused
    from (select distinct f.lane_id from found f where f.waits) met
   cross join lateral (select * from ${lanes} n where n.lane_id = met.lane_id offset 0) lane
)${between}
select null::bigint as nth, a.lane_id, null as owner, null::integer as priority, null::float8 as run_at, null::float8 as read_at,
       null as told, null as result, null::integer as payload_bytes, a.crew, a.paused${", null".repeat(CELL[last] - CELL.paused)}
  from about a
 union all
select ${columns("f", "nth", "payload_bytes")}, null, null${rest}
  from found f${joined}`;

  /** `$4` jobs of a lane at most that are due, in the order of the line. */
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

  /**
   * Null while something else holds it, and nobody is told of its place. Whatever stands behind the front is not looked for
   * there: that would compare it with a thousand ids.
   */
  const RANKED = `(
    select coalesce(
             case when edge.job_id is null
                         or (f.line_priority, f.line_at, f.job_id) <= (edge.priority, edge.run_at, edge.job_id)
                  then array_position(front.job_ids, f.job_id) - 1 end,
             cardinality(front.job_ids))
      from about
      join front on front.queue = about.queue
      join edge on edge.queue = about.queue
     where about.lane_id = f.lane_id and f.recorded is null and f.line_at <= (select now from clock))`;

  const FRONT = `,
front as materialized (
  select open.queue,
         array(
           select o.job_id
             from ${lanes} lane
            cross join lateral (${due("")}) o
            where lane.queue = open.queue
            order by o.priority, o.run_at, o.job_id
            limit $4) as job_ids
    from (select distinct a.queue from about a where (a.crew::json ->> 0)::integer > 0 and a.paused is null) open
),
edge as materialized (
  select front.queue, last.priority, last.run_at, last.job_id
    from front
    left join lateral (select * from ${live} o where o.job_id = front.job_ids[$4] offset 0) last on true
)`;

  const IN_LINE = `,
       l.job_id, l.priority as line_priority, l.run_at as line_at, l.recorded, l.concurrency_key`;
  const SLOTS = `
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
  const placed = (ahead: string): string => `, case when f.waits then ${ahead} end, slots.key_holders`;

  return {
    readStatus: `
with ${CLOCK}
select ${BRIEF}${found(MANY)}`,

    /** For one job, if it is plain. */
    readPlain: `
with ${CLOCK}
select 1 as nth, l.lane_id, l.owner, nullif(l.priority, 0) as priority, ${ms("l.run_at")} as run_at,
       ${ms("(select now from clock)")} as read_at, null as told, null as result, null::integer as payload_bytes,
       ${CREW} as crew, ${PAUSED} as paused
  from ${live} l
  join ${lanes} lane on lane.lane_id = l.lane_id
 where l.job_id = $2::uuid and ($3::text is null or l.owner = $3) and ${isPlain("l")}`,

    /** For one job, if it has ended. Which tables a statement names decides half of what it costs on a server at rest. */
    readEnded: `
select 1 as nth, j.lane_id, j.owner, null::integer as priority, null::float8 as run_at, ${ms(NOW)} as read_at,
       ${factsAsText(`(null::${live})`)} as told,
       e.result, octet_length(j.payload) as payload_bytes
  from ${ended} e
 cross join lateral (
   select * from ${jobs} w where w.job_id = $2::uuid and ($3::text is null or w.owner = $3) offset 0) j
 where e.job_id = $2::uuid`,

    /** As `readInfo`, for one job. */
    readOne: `
with ${CLOCK}
select ${INFO},
       case when lane.lane_id is not null then ${CREW} end as crew, ${PAUSED} as paused${found(ONE)}
  left join lateral (
    select * from ${lanes} n where n.lane_id = l.lane_id and ${waits("l")} offset 0) lane on true`,

    /** For jobs in lanes where nobody works, and for those that do not wait: neither places nor holders of keys. */
    readInfo: read("", false, "", "paused", ""),

    readPlaced: read(IN_LINE, true, FRONT, "key_holders", placed(RANKED), SLOTS),

    readFull: read(
      `${IN_LINE},
       j.payload, coalesce(l.error_detail, (e.rest).error_detail) as error_detail`,
      true,
      "",
      "error_detail",
      `${placed(COUNTED)}, f.payload, f.error_detail`,
      SLOTS,
    ),
  };
}
