/**
 * The schema, as a numbered list that is only ever added to. How it keeps every step cheap:
 *   – `jobs` holds what a job *is*: identity and input. Its row is written once and never updated, so a large payload is
 *     never rewritten and no version of it is ever dead.
 *   – `live` holds one narrow row for each unfinished job; the state machine lives there. Claims search it alone, so
 *     finished jobs cost them nothing.
 *   – `ended` holds how each finished job ended; a row is added by the last move of a job. Being separate, it can carry
 *     the indexes that retention and lists want, and no column of them ever changes.
 * A job has its row in `jobs` and exactly one in `live` or `ended`. Each of the three has one check: the server reads
 * the text of a check again for every statement, which for a lone job cost as much as the insert (decision 0023).
 */
import type { Migration } from "../migrate.js";
import type { Names } from "./names.js";

export function migrationsFor({ schema, home, table, local }: Names): readonly Migration[] {
  return [
    {
      version: 1,
      name: "jobs, their states and endings, and what stands around them",
      sql: `
do $$ begin
  if not exists (select 1 from pg_catalog.pg_namespace where nspname = '${schema}') then create schema ${home}; end if;
end $$;

create table ${table("migrations")} (
  version integer primary key,
  applied_at timestamptz not null default clock_timestamp()
);

-- The lane says kind and queue. Null stands for what nearly all have, and takes no room: priority 0, three attempts, not
-- recorded.
create table ${table("jobs")} (
  job_id uuid primary key,
  created_at timestamptz not null,
  scheduled_at timestamptz,
  expires_at timestamptz,
  lane_id integer not null,
  priority integer,
  max_attempts integer,
  concurrency_limit integer,
  recorded boolean,
  parent_id uuid,
  rerun_of uuid,
  owner text,
  unique_key text,
  idempotency_key text,
  concurrency_key text,
  metadata text,
  payload text not null,
  check (least(max_attempts, concurrency_limit) >= 1)
);
create unique index ${local("jobs_idem")} on ${table("jobs")} (coalesce('=' || owner, ''), idempotency_key)
  where idempotency_key is not null;
create index ${local("jobs_owner")} on ${table("jobs")} (owner, job_id) where owner is not null;

-- What can be told is left out, and null stands for it: see \`liveFacts\` in sql/words.ts. A job that waits for nothing but its
-- turn has four columns, and a claim adds three, so that both versions of a row fit on its page. What the indexes have
-- comes first: an update compares it, and to get at a column it walks past those before.
create table ${table("live")} (
  job_id uuid primary key,
  run_at timestamptz not null,
  lane_id integer not null,
  priority integer not null,
  lease_expires_at timestamptz,
  started_at timestamptz,
  expires_at timestamptz,
  line text,
  owner text,
  unique_key text,
  concurrency_key text,
  worker_id text,
  attempt integer,
  generation integer,
  fence integer,
  seq integer,
  lost_count integer,
  recorded boolean,
  status text,
  claimed_from text,
  updated_at timestamptz,
  cancel_requested_at timestamptz,
  first_started_at timestamptz,
  claimed_at timestamptz,
  stage_started_at timestamptz,
  percent double precision,
  done double precision,
  total double precision,
  stage text,
  message text,
  error text,
  error_detail text,
  check (case
    when lease_expires_at is null then
      worker_id is null
      and (status is null or status = any ('{scheduled,retrying}'))
      and (line is null or line = any ('{later,none}'))
    else worker_id is not null and status is null and (line is null or line = 'held')
  end)
) with (
  fillfactor = 43,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 0
);
-- Where a job stands. Null: in line, and due; a claim leaves it there, so that it touches no index and, in the room that the
-- pages keep free, writes a new version beside the old one (HOT). \`later\`: its time has not come. \`held\`: it runs, and its
-- holder was heard from. \`none\`: it is recorded, and waits.
create index ${local("live_ready")} on ${table("live")} (lane_id, priority, run_at, job_id) where line is null;
create index ${local("live_later")} on ${table("live")} (lane_id, run_at) where line = 'later';
create index ${local("live_held")} on ${table("live")} (job_id) where line = 'held';
create index ${local("live_expiry")} on ${table("live")} (expires_at) where expires_at is not null;
create index ${local("live_slots")} on ${table("live")} (concurrency_key) where concurrency_key is not null;
create unique index ${local("live_unique")} on ${table("live")} (coalesce('=' || owner, ''), unique_key)
  where unique_key is not null;

-- The stretches of the line in which each claim took jobs, one for each lane and priority, until all of that claim has ended or
-- was heard from: what it took still stands there, among little else.
create table ${table("claims")} (
  claim_id bigint generated always as identity primary key,
  leased_until timestamptz not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  lane_id integer not null,
  priority integer not null
);

-- An ending has few columns, so that its row has a short head: with more than eight, eight bytes would be added to each. Null
-- stands for what a job that ran once, by itself, has like all others, or like another column, and takes no room. status:
-- completed. attempt, generation, fence: 1. seq: 3. lost_count: 0. updated_at: finished_at. first_started_at and claimed_at:
-- started_at. run_at: the job's scheduled_at, or else its created_at. Of most, nothing is left for \`rest\`.
create type ${table("ended_rest")} as (
  run_at timestamptz,
  updated_at timestamptz,
  expires_at timestamptz,
  cancel_requested_at timestamptz,
  first_started_at timestamptz,
  claimed_at timestamptz,
  attempt integer,
  generation integer,
  fence integer,
  seq integer,
  lost_count integer,
  percent double precision,
  done double precision,
  total double precision,
  stage text,
  message text,
  error_detail text
);
create table ${table("ended")} (
  job_id uuid primary key,
  finished_at timestamptz not null,
  started_at timestamptz,
  status text,
  worker_id text,
  result text,
  error text,
  rest ${table("ended_rest")},
  check (case
    when status is null then error is null
    when status = 'failed' then error is not null and result is null
    else status = any ('{cancelled,expired}') and error is null and result is null
  end)
);
-- The second is for lists alone: they say its condition, and retention does not, or it would sort what the first has in order.
create index ${local("ended_age")} on ${table("ended")} (status, finished_at);
create index ${local("ended_bad")} on ${table("ended")} (status, job_id) where status <> 'completed';

create table ${table("events")} (
  job_id uuid not null,
  seq integer not null,
  at timestamptz not null,
  from_status text,
  to_status text not null,
  event text not null,
  actor text not null,
  attempt integer not null,
  fence integer not null,
  generation integer not null,
  start_unknown boolean not null default false,
  reason text,
  request_id text,
  error text,
  primary key (job_id, seq)
);

create table ${table("logs")} (
  job_id uuid not null,
  line bigint generated always as identity,
  fence integer not null,
  at timestamptz not null,
  message text not null,
  fields text,
  primary key (job_id, line)
);

create table ${table("lanes")} (
  lane_id integer generated always as identity primary key,
  kind text not null,
  queue text not null,
  unique (kind, queue)
);

create table ${table("queues")} (
  queue text primary key,
  paused_at timestamptz,
  paused_by text
);

create table ${table("limits")} (
  key text primary key,
  running integer not null default 0,
  slots integer not null check (slots >= 1)
) with (fillfactor = 50);

create table ${table("kinds")} (
  kind text primary key,
  stages text not null,
  target_ms double precision
);

create table ${table("workers")} (
  worker_id text primary key,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  lease_ms double precision not null,
  pid integer not null,
  concurrency integer not null,
  running integer not null,
  accepting boolean not null,
  host text not null,
  kinds text[] not null,
  queues text[]
) with (fillfactor = 50);

create table ${table("tombstones")} (
  job_id uuid primary key,
  created_at timestamptz not null,
  finished_at timestamptz not null,
  purged_at timestamptz not null,
  status text not null,
  kind text not null,
  owner text,
  error_code text
);
create index ${local("tombs_age")} on ${table("tombstones")} (purged_at);

insert into ${table("migrations")} (version) values (1);
`,
    },
    {
      version: 2,
      name: "callbacks of outside services",
      sql: `
create table ${table("callbacks")} (
  job_id uuid not null,
  fence integer not null,
  seq integer not null,
  id text not null,
  primary key (job_id, id)
);

insert into ${table("migrations")} (version) values (2);
`,
    },
    {
      version: 3,
      name: "durations that estimates are learned from",
      sql: `
create table ${table("durations")} (
  kind text not null,
  period integer not null,
  measure text not null,
  stage text not null,
  size integer not null,
  bucket integer not null,
  samples bigint not null,
  primary key (kind, period, measure, stage, size, bucket)
);

insert into ${table("migrations")} (version) values (3);
`,
    },
  ];
}
