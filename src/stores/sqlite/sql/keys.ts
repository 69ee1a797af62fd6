/** Concurrency keys: how many slots are free, and who stands in line for them. */

/** `slots` is a list of [key, slots]. Changes the keys that are new or had other slots. */
export const SET_SLOTS = `
insert into waymark_keys (concurrency_key, slots)
select value ->> 0, value ->> 1
  from json_each(:slots)
 where true
on conflict (concurrency_key) do update
   set slots = excluded.slots
 where slots <> excluded.slots`;

/** May be negative, after a limit was lowered. */
export const FREE_SLOTS = `
select k.concurrency_key,
       k.slots - (
         select count(*)
           from waymark_jobs j
          where j.concurrency_key = k.concurrency_key
            and j.status = 'processing') as free
  from waymark_keys k
 where k.concurrency_key in (select value from json_each(:keys))`;

/** Of some keys, those that somebody is parked for. */
export const PARKED_KEYS = `
select k.value as concurrency_key
  from json_each(:keys) k
 where exists (select 1 from waymark_jobs j where j.place = 3 and j.concurrency_key = k.value)`;

export const PARK = `
update waymark_jobs
   set place = 3
 where id = :id
   and place = 1`;

/**
 * The next lane with waiting jobs of this key; begin with two empty texts. In two steps, because a comparison of pairs
 * would walk through every job of the lane it comes from.
 */
export const NEXT_KEYED_LANE = `
select queue, kind
  from (
    select queue, kind
      from waymark_jobs
     where concurrency_key = :key
       and (place = 1 or place = 3)
       and queue = :queue
       and kind > :kind
     order by kind
     limit 1)
 union all
select queue, kind
  from (
    select queue, kind
      from waymark_jobs
     where concurrency_key = :key
       and (place = 1 or place = 3)
       and queue > :queue
     order by queue, kind
     limit 1)
 limit 1`;

/** The best of the key in one lane stand in line, as many as there are free slots: any lane may be the one that is served. */
export const UNPARK = `
update waymark_jobs
   set place = 1
 where place = 3
   and id in (
     select id
       from waymark_jobs
      where concurrency_key = :key
        and queue = :queue
        and kind = :kind
        and (place = 1 or place = 3)
      order by priority, run_at, job_id
      limit :free)`;

export const ANY_KEY = `
select 1 as found
  from waymark_keys
 limit 1`;

export const KEYS_OF_JOBS = `
select distinct j.concurrency_key
  from json_each(:jobIds) i
 cross join waymark_jobs j on j.job_id = i.value
 where j.concurrency_key is not null`;

export const FORGET_KEY = `
delete from waymark_keys
 where concurrency_key = :key
   and not exists (select 1 from waymark_jobs where concurrency_key = :key)`;
