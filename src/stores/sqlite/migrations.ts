/**
 * The schema, as a numbered list that is only ever added to. The tables carry a prefix because a user's own tables may
 * live in the same file: that is how a job and the row it is about commit together (`tx`).
 *
 * How the claim stays flat whatever else the file holds: `place` says where a waiting job stands, and each place but 6 has
 * a partial index of its own, so nobody walks past rows that cannot be claimed.
 *   0  not waiting: running or finished
 *   1  in line, by its turn: may be claimed now
 *   2  waits for its time; moved into line by the first claim that finds it due
 *   3  parked: its concurrency key is full; moved into line when a slot frees
 *   4  past its expiry; the sweeper will end it
 *   5  recorded: runs elsewhere, and is never claimed here
 *   6  in line, as it came: may be claimed now, and its number (`id`) is its turn, so that it needs no entry in an index.
 *      Each lane has a range of numbers for such jobs, and knows the `front` of those that still wait; see numbers.ts
 *
 * Every insert and update asks each CHECK and each partial index whether it is meant, so those begin with the comparison
 * that is cheapest and most often false, and have no list of three (`in (…)`): SQLite builds a table for one each time.
 */
import type { Migration } from "../migrate.js";

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "jobs, their trail, and what stands around them",
    sql: `
create table waymark_meta (
  name text primary key,
  value integer not null
) strict, without rowid;

create table waymark_jobs (
  id integer primary key,
  job_id text not null unique,
  kind text not null,
  queue text not null,
  owner text,
  status text not null,
  place integer not null,
  priority integer not null,
  run_at integer not null,
  generation integer not null default 1,
  attempt integer not null default 0,
  max_attempts integer not null,
  lost_count integer not null default 0,
  fence integer not null default 0,
  seq integer not null default 1,
  worker_id text,
  lease_expires_at integer,
  scheduled_at integer,
  expires_at integer,
  created_at integer not null,
  first_started_at integer,
  claimed_at integer,
  started_at integer,
  finished_at integer,
  updated_at integer not null,
  cancel_requested_at integer,
  unique_key text,
  live_key text,
  idempotency_key text,
  concurrency_key text,
  concurrency_limit integer,
  recorded integer not null default 0,
  parent_id text,
  rerun_of text,
  stage text,
  percent real,
  done real,
  total real,
  message text,
  error_code text,
  error_message text,
  error_category text,
  error_retryable integer,
  error_reference text,
  metadata text,
  result text,
  payload text not null,
  error_detail text,
  check (case status
    when 'pending' then place > 0 and place <> 2 and attempt < max_attempts and lease_expires_at is null
      and finished_at is null and result is null
    when 'scheduled' then place > 0 and attempt < max_attempts and lease_expires_at is null
      and finished_at is null and result is null
    when 'retrying' then place > 0 and attempt between 1 and max_attempts - 1 and lease_expires_at is null
      and finished_at is null and result is null and error_code is not null
    when 'processing' then place = 0 and attempt between 1 and max_attempts and lease_expires_at is not null
      and worker_id is not null and finished_at is null and result is null and error_code is null
    when 'completed' then place = 0 and finished_at is not null and lease_expires_at is null and error_code is null
    when 'failed' then place = 0 and finished_at is not null and lease_expires_at is null and result is null
      and error_code is not null
    when 'cancelled' then place = 0 and finished_at is not null and lease_expires_at is null and result is null
    when 'expired' then place = 0 and finished_at is not null and lease_expires_at is null and result is null
    else 0 end),
  check (place between 0 and 6 and attempt between 0 and max_attempts and generation >= 1 and seq >= 1),
  check (live_key is case when finished_at is null then unique_key end),
  check (percent is null or percent between 0 and 100)
) strict;

create index waymark_jobs_line on waymark_jobs (queue, kind, priority, run_at, job_id, status, fence) where place = 1;
create index waymark_jobs_later on waymark_jobs (queue, kind, run_at, status, fence) where place = 2;
create index waymark_jobs_parked on waymark_jobs (queue, priority, run_at, job_id, kind, status, fence) where place = 3;
create index waymark_jobs_aside on waymark_jobs (queue, kind, run_at, status, fence) where place = 4;
create index waymark_jobs_recorded on waymark_jobs (queue, kind, run_at, status, fence) where place = 5;
create index waymark_jobs_lease on waymark_jobs (lease_expires_at) where lease_expires_at is not null;
create index waymark_jobs_expiry on waymark_jobs (expires_at) where expires_at is not null and place > 0;
create index waymark_jobs_keyed on waymark_jobs (concurrency_key, queue, kind, priority, run_at, job_id)
  where concurrency_key is not null and (place = 1 or place = 3);
create index waymark_jobs_parked_key on waymark_jobs (concurrency_key) where place = 3;
create index waymark_jobs_key on waymark_jobs (concurrency_key, status) where concurrency_key is not null;
create unique index waymark_jobs_live_key on waymark_jobs (coalesce(owner, ''), live_key)
  where live_key is not null;
create unique index waymark_jobs_idempotency on waymark_jobs (coalesce(owner, ''), idempotency_key)
  where idempotency_key is not null;
create index waymark_jobs_owner on waymark_jobs (owner, job_id) where owner is not null;
create index waymark_jobs_finished on waymark_jobs (status, finished_at) where finished_at is not null;
create index waymark_jobs_unhappy on waymark_jobs (status, job_id)
  where finished_at is not null and status <> 'completed';

create table waymark_events (
  job_id text not null,
  seq integer not null,
  at integer not null,
  from_status text,
  to_status text not null,
  event text not null,
  actor text not null,
  attempt integer not null,
  fence integer not null,
  generation integer not null,
  reason text,
  request_id text,
  error text,
  start_unknown integer not null default 0,
  primary key (job_id, seq)
) strict, without rowid;

create table waymark_logs (
  id integer primary key,
  job_id text not null,
  fence integer not null,
  at integer not null,
  message text not null,
  fields text
) strict;
create index waymark_logs_job on waymark_logs (job_id);

create table waymark_lanes (
  lane integer primary key,
  kind text not null,
  queue text not null,
  counted integer not null default 0,
  front integer not null,
  unique (kind, queue)
) strict;
create index waymark_lanes_queue on waymark_lanes (queue);

create table waymark_queues (
  queue text primary key,
  paused_at integer,
  paused_by text
) strict, without rowid;

create table waymark_keys (
  concurrency_key text primary key,
  slots integer not null check (slots >= 1)
) strict, without rowid;

create table waymark_kinds (
  kind text primary key,
  stages text not null,
  target_ms integer
) strict, without rowid;

create table waymark_workers (
  worker_id text primary key,
  host text not null,
  pid integer not null,
  kinds text not null,
  queues text,
  concurrency integer not null,
  running integer not null,
  accepting integer not null,
  started_at integer not null,
  seen_at integer not null,
  lease_ms integer not null
) strict, without rowid;

create table waymark_tombstones (
  job_id text primary key,
  kind text not null,
  owner text,
  status text not null,
  error_code text,
  created_at integer not null,
  finished_at integer not null,
  purged_at integer not null
) strict, without rowid;
create index waymark_tombstones_age on waymark_tombstones (purged_at);

insert into waymark_meta (name, value)
values ('schema', 1)
on conflict (name) do update
   set value = excluded.value;
`,
  },
  {
    version: 2,
    name: "callbacks of outside services",
    sql: `
create table waymark_callbacks (
  job_id text not null,
  id text not null,
  fence integer not null,
  seq integer not null,
  primary key (job_id, id)
) strict, without rowid;

insert into waymark_meta (name, value)
values ('schema', 2)
on conflict (name) do update
   set value = excluded.value;
`,
  },
  {
    version: 3,
    name: "durations that estimates are learned from",
    sql: `
alter table waymark_jobs add column stage_started_at integer;

create table waymark_durations (
  kind text not null,
  period integer not null,
  measure text not null,
  stage text not null,
  size integer not null,
  bucket integer not null,
  samples integer not null,
  primary key (kind, period, measure, stage, size, bucket)
) strict, without rowid;

insert into waymark_meta (name, value)
values ('schema', 3)
on conflict (name) do update
   set value = excluded.value;
`,
  },
];

/**
 * Whether there is a schema at all. Each script writes its own version into `waymark_meta`, so that it may be applied by
 * hand; SQLite's `user_version` may be the user's.
 */
export const HAS_META = `
select 1 as found
  from sqlite_schema
 where type = 'table' and name = 'waymark_meta'`;

export const READ_VERSION = `
select value as version
  from waymark_meta
 where name = 'schema'`;
