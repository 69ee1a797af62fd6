/** Durations that estimates are learned from. */

/** `period` counts the days since 1970; a stage is '' where there is none. */
export const LEARN = `
insert into waymark_durations (kind, period, measure, stage, size, bucket, samples)
values (:kind, :period, :measure, :stage, :size, :bucket, :samples)
on conflict (kind, period, measure, stage, size, bucket) do update
   set samples = samples + excluded.samples`;

export const LEARNED = `
select d.kind, d.period, d.measure, d.stage, d.size, d.bucket, d.samples
  from json_each(:kinds) k
 cross join waymark_durations d on d.kind = k.value
 where d.period > :before`;

export const FORGET_DURATIONS = `
delete from waymark_durations
 where period <= :before`;
