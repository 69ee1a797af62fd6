/** Which callbacks of outside services were applied. */

/** What is known of a callback before it is applied. */
export const CALLBACK_KNOWN = `
select exists (select 1 from waymark_callbacks where job_id = :jobId and id = :id) as is_known,
       (select max(seq) from waymark_callbacks where job_id = :jobId and fence = :fence) as last_seq`;

export const ADD_CALLBACK = `
insert into waymark_callbacks (job_id, id, fence, seq)
values (:jobId, :id, :fence, :seq)`;

export const CALLBACKS = `
select c.job_id, c.id, c.fence, c.seq
  from json_each(:jobIds) i
 cross join waymark_callbacks c on c.job_id = i.value
 order by c.job_id, c.fence, c.seq`;
