/** Statements of T4: jobs are handed out, from the front of the line. */
import { CARRIED, CLOCK, changedAt, ms, orUsual, type Tables, waits } from "./words.js";

export type ClaimStatement = "claim" | "claimKeyed";

/** How far the question whether there is more looks past jobs whose keys are full. */
const KEYED_LOOK = 100;

/**
 * What a claim changes of a row `l`: $2 is who takes it.
 *
 * @param moment  whose `now` the attempt begins at; the lease counts from the clock's in any case
 * @param leaseMs  for how long
 */
export const takes = (moment: string, leaseMs = "$6"): string => `status = null,
         claimed_from = l.status,
         fence = l.fence + 1,
         attempt = l.attempt + 1,
         seq = l.seq + 1,
         worker_id = $2,
         claimed_at = null,
         started_at = greatest(${moment}.now, ${changedAt("l")}),
         first_started_at = coalesce(l.first_started_at, l.started_at),
         updated_at = null,
         lease_expires_at = clock.now + ${leaseMs}::float8 * interval '1 millisecond',
         percent = null, done = null, total = null, stage = null, message = null, error = null, error_detail = null`;

export function claimStatements({ jobs, live, claims, lanes, queues, limits }: Tables): Record<ClaimStatement, string> {
  // What both sorts of claim share. A claim walks the front of each lane, so its cost does not depend on how much waits behind
  // or was ever finished. Taking a job touches no index: it keeps its place in the line until its first heartbeat. Rows
  // of `claims` say where in the line the claim took jobs, so that the sweep finds those nobody was ever heard of; $7 are
  // such rows of claims whose jobs have all ended. The first row of the answer says what is still to do; the others are the
  // jobs, in their order.

  const [LEAST, MOST] = [-2_147_483_648, 2_147_483_647];
  const NO_ID = "00000000-0000-0000-0000-000000000000";

  const LANE = `lane as materialized (
  select n.lane_id, n.queue, n.kind
    from ${lanes} n
   where n.kind = any ($3::text[])
     and ($4::text[] is null or n.queue = any ($4))
     and not exists (select 1 from ${queues} q where q.queue = n.queue and q.paused_at is not null)
)`;

  /**
   * @param which   how the rows are found again that were chosen
   */
  const TAKEN = (chosen: string, which: "ctid" | "job_id", moment = "clock"): string => `taken as (
  update ${live} l
     set ${takes(moment)}
    from clock${moment === "clock" ? "" : `, ${moment}`}
   where l.${which} = any (array(select c.${which} from ${chosen} c))
  returning l.job_id, l.lane_id, l.fence, l.generation, l.attempt, l.lost_count, l.started_at, l.priority, l.run_at,
            l.concurrency_key
),
noted as (
  insert into ${claims} (leased_until, first_at, last_at, lane_id, priority)
  select max(clock.now) + $6::float8 * interval '1 millisecond', min(t.run_at), max(t.run_at), t.lane_id, t.priority
    from clock
   cross join taken t
   group by t.lane_id, t.priority
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
               where w.lane_id = lane.lane_id and w.line = 'later'
               order by w.run_at
               limit 1) next)`;

  /** Whether anything that may be claimed stands behind the last of `ready`, among the next `look` of each lane. */
  const MORE_BEHIND = (look: number, where: string): string => `exists (
             select 1
               from clock
              cross join lane
              cross join (select r.priority, r.run_at, r.job_id from ready r order by 1 desc, 2 desc, 3 desc limit 1) last
              cross join lateral (
                select w.concurrency_key
                  from ${live} w
                 where w.lane_id = lane.lane_id and w.line is null and ${waits("w")}
                   and (w.expires_at is null or w.expires_at > clock.now)
                   and (w.priority, w.run_at, w.job_id) > (last.priority, last.run_at, last.job_id)
                 order by w.priority, w.run_at, w.job_id
                 limit ${look}) another${where})`;

  /** Of `another`, after this claim. */
  const HAS_SLOT = `another.concurrency_key is null
                 or coalesce(
                   (select s.free > (select count(*) from allowed a where a.concurrency_key = s.key)
                      from slot s where s.key = another.concurrency_key),
                   (select k.running < k.slots from ${limits} k where k.key = another.concurrency_key))`;

  /**
   * The first row has no job: as JSON it says what is left to do, since when and until when the attempts run, and the lanes by
   * their ids. Each other row is a job, with as few values as tell it; the last is null for a first attempt at an ordinary job.
   *
   * @param carried  the message that the first row carries, if it can
   */
  const claimed = (carried = "null"): string => `
select null::uuid as job_id, null::float8 as run_at, null::integer as lane_id, null::integer as max_attempts,
       json_build_array(
         (select string_agg(n.claim_id::text, ',') from noted n), rest.has_keys, rest.refused, rest.due_in, rest.more, ${ms("clock.now")},
         ${ms("clock.now")} + $6::float8,
         (select json_object_agg(lane.lane_id, json_build_array(lane.queue, lane.kind))
            from lane
           where lane.lane_id = any (array(select distinct t.lane_id from taken t))))::text as payload,
       null as metadata, null as owner, ${carried}
  from rest, clock
 union all
(select t.job_id, ${ms("t.run_at")}, t.lane_id, j.max_attempts, j.payload, j.metadata, j.owner,
        case when coalesce(t.fence, t.generation, t.attempt, t.lost_count) is not null or t.priority <> 0
                  or t.started_at <> clock.now or j.created_at <> t.run_at
             then concat_ws(' ', coalesce(t.fence, 1), coalesce(t.generation, 1), coalesce(t.attempt, 1),
                    coalesce(t.lost_count, 0), t.priority, ${ms("t.started_at")}, ${ms("j.created_at")}) end
   from clock
  cross join taken t
  cross join lateral (
    select ${orUsual("max_attempts", "w")} as max_attempts, w.payload, w.metadata, w.owner, w.created_at from ${jobs} w where w.job_id = t.job_id offset 0) j
  order by t.priority, t.run_at, t.job_id)`;

  return {
    /**
     * While no job ever had a concurrency key. When one has, it takes nothing and says so (`has_keys`). $8 to $12 are marks,
     * see line-marks.ts: such a priority of a lane is looked at behind its mark, and all others whole; $13 is whether whole
     * looks are dear. What was just locked is taken by its place in the table, which saves the way through an index; whoever
     * moved between this statement's snapshot and its lock is not found there, stays in the line, and counts as more.
     */
    claim: `
with ${CLOCK},
${LANE},
mark as materialized (
  select lane.lane_id, m.priority, to_timestamp(m.run_at / 1000) as run_at, m.job_id,
         coalesce(lead(m.priority) over (partition by lane.lane_id order by m.priority) - 1, ${MOST}) as upto
    from lane
    join unnest($8::text[], $9::text[], $10::integer[], $11::float8[], $12::uuid[])
           as m (queue, kind, priority, run_at, job_id)
      on m.queue = lane.queue and m.kind = lane.kind
),
stretch as materialized (
  select m.lane_id, m.priority, m.run_at, m.job_id, m.upto
    from mark m
   union all
  select lane.lane_id, ${LEAST}, '-infinity', '${NO_ID}', coalesce(first.priority - 1, ${MOST})
    from lane
   cross join lateral (select min(m.priority) as priority from mark m where m.lane_id = lane.lane_id) first
   where first.priority is distinct from ${LEAST}
),
ready as materialized (
  select front.*
    from clock
   cross join stretch s
   cross join lateral (
     select w.ctid, w.job_id, w.priority, w.run_at
       from ${live} w
      where w.lane_id = s.lane_id and w.line is null and ${waits("w")}
        and (w.priority, w.run_at, w.job_id) > (s.priority, s.run_at, s.job_id) and w.priority <= s.upto
        and (w.expires_at is null or w.expires_at > clock.now)
      order by w.priority, w.run_at, w.job_id
      limit $5
        for update of w skip locked) front
   where not (select exists (select 1 from ${limits}))
   order by front.priority, front.run_at, front.job_id
   limit $5
),
${TAKEN("ready", "ctid")},
rest as materialized (
  select (select exists (select 1 from ${limits})) as has_keys, 0 as refused, ${DUE_IN} as due_in,
         case
           when (select count(*) from taken) >= $5 then ${MORE_BEHIND(1, "")}
           -- Short of a mark, nothing is known yet, unless the whole line will not be looked at so soon. And a dear look is not
           -- taken twice.
           when $13 <> exists (select 1 from mark) then null
           else exists (
             select 1
               from clock
              cross join stretch s
              cross join lateral (
                select 1
                  from ${live} w
                 where w.lane_id = s.lane_id and w.line is null and ${waits("w")}
                   and (w.priority, w.run_at, w.job_id) > (s.priority, s.run_at, s.job_id) and w.priority <= s.upto
                   and (w.expires_at is null or w.expires_at > clock.now)
                   and w.job_id not in (select t.job_id from taken t)
                 order by w.priority, w.run_at, w.job_id
                 limit 1) another)
         end as more
)
${claimed(CARRIED(14))}`,

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
      where w.lane_id = lane.lane_id and w.line is null and ${waits("w")}
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
${TAKEN("allowed", "job_id", "moment")},
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
           when (select count(*) from allowed) >= $5 then ${MORE_BEHIND(KEYED_LOOK, ` where ${HAS_SLOT}`)}
           -- It came back short, so it has walked the line. What is left is what another claimer has locked and may yet leave
           -- behind: that stands in front.
           else exists (
             select 1
               from clock
              cross join lane
              cross join lateral (
                select w.concurrency_key
                  from ${live} w
                 where w.lane_id = lane.lane_id and w.line is null and ${waits("w")}
                   and (w.expires_at is null or w.expires_at > clock.now)
                   and w.job_id not in (select a.job_id from allowed a)
                 -- Any would do, but the order keeps the planner on the line's own index.
                 order by w.priority, w.run_at, w.job_id
                 limit ${KEYED_LOOK}) another
              where ${HAS_SLOT})
         end as more
)
${claimed()}`,
  };
}
