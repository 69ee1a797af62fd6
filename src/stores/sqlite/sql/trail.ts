/** Rows of the trail, beside the moves. */

export const WRITE_EVENT = `
insert into waymark_events (
  job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, reason, request_id, error)
values (
  :jobId, :seq, :at, :from, :to, :event, :actor, :attempt, :fence, :generation, :reason, :requestId, :error)`;

/** The row of the running attempt's claim, before something other than a plain completion happens to it. */
export const WRITE_CLAIM = `
insert into waymark_events (
  job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, start_unknown)
select j.job_id, j.seq, j.claimed_at,
       coalesce(
         (select e.to_status from waymark_events e where e.job_id = j.job_id and e.seq = j.seq - 1),
         case when j.scheduled_at is null then 'pending' else 'scheduled' end),
       'processing', 'claim', :actor, j.attempt, j.fence, j.generation, j.started_at is null
  from waymark_jobs j
 where j.job_id = :jobId
   and j.status = 'processing'
   and j.cancel_requested_at is null`;

export const EVENTS = `
select e.*
  from json_each(:jobIds) i
 cross join waymark_events e on e.job_id = i.value
 order by e.job_id, e.seq`;
