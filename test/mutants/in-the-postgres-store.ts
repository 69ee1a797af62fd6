/** Planted in the PostgreSQL store. */
import type { Mutant } from "./mutant.js";

const STORE = "test/stores/postgres.test.ts";
const RACES = "test/stores/postgres-races.test.ts";
const SQL = "src/stores/postgres/sql";

export const IN_THE_POSTGRES_STORE: readonly Mutant[] = [
  {
    id: "postgres: no fence on complete",
    breaks: "a worker that lost its job completes it",
    file: `${SQL}/settle.ts`,
    search: "and l.fence = coalesce($3::integer, ($4::jsonb ->> l.job_id::text)::integer)",
    replace: "and coalesce($3::integer, ($4::jsonb ->> l.job_id::text)::integer) is not null",
    tests: [STORE],
  },
  {
    id: "postgres: no fence on fail, release and snooze",
    breaks: "a worker that lost its job throws it back",
    file: `${SQL}/settle.ts`,
    search:
      "told_error, told_detail)\n   cross join lateral (\n     select * from ${live} w\n      where w.job_id = told.job_id and w.fence = told.fence and",
    replace:
      "told_error, told_detail)\n   cross join lateral (\n     select * from ${live} w\n      where w.job_id = told.job_id and",
    tests: [STORE],
  },
  {
    id: "postgres: no fence on extend",
    breaks: "a worker that lost its job renews the lease of another",
    file: `${SQL}/hold.ts`,
    search:
      "w.cancel_requested_at is not null as cancel\n       from ${live} w\n      where w.job_id = told.job_id and w.fence = told.fence and",
    replace:
      "w.cancel_requested_at is not null as cancel\n       from ${live} w\n      where w.job_id = told.job_id and",
    tests: [STORE],
  },
  {
    id: "postgres: no fence on progress and stage",
    breaks: "a worker that lost its job moves the bar of another",
    file: `${SQL}/hold.ts`,
    search: "where w.job_id = t.job_id and w.fence = t.fence and",
    replace: "where w.job_id = t.job_id and",
    tests: [STORE],
  },
  {
    id: "postgres: a lease is over a moment later",
    breaks: "T11: now ≥ leaseExpiresAt is over",
    file: `${SQL}/sweep.ts`,
    search: "`${until} <= clock.now\n     and ($8",
    replace: "`${until} < clock.now\n     and ($8",
    tests: [STORE],
  },
  {
    id: "postgres: a refused settlement ends the claim all the same",
    breaks: "L2: a job whose holder was never heard from is stuck for ever",
    file: "src/stores/postgres/settle.ts",
    search: 'if (answers[i]?.answer === "settled") db.claims.ended(settlement);',
    replace: "db.claims.ended(settlement);",
    tests: [STORE],
  },
  {
    id: "postgres: two claimers read the same line",
    breaks: "T4: two workers get one job",
    file: `${SQL}/claim.ts`,
    // Beside a concurrency key: without any, rows are found by their place, which a second claimer finds moved.
    search:
      "for update of w skip locked) front\n   order by front.priority, front.run_at, front.job_id\n   limit $5\n),\nslot",
    replace: ") front\n   order by front.priority, front.run_at, front.job_id\n   limit $5\n),\nslot",
    tests: [RACES],
  },
  {
    id: "postgres: the slots of a key are not locked",
    breaks: "I22: more jobs run than the key allows",
    file: `${SQL}/claim.ts`,
    search: "placed.place <= slot.free",
    replace: "placed.place <= slot.free + 1",
    tests: [RACES, STORE],
  },
  {
    id: "postgres: a unique key without its index",
    breaks: "I19: clients that enqueue at once make several jobs",
    file: "src/stores/postgres/migrations.ts",
    search: 'create unique index ${local("live_unique")}',
    replace: 'create index ${local("live_unique")}',
    tests: [RACES],
  },
  {
    id: "postgres: an idempotency key without its index",
    breaks: "I20: clients that enqueue at once make several jobs",
    file: "src/stores/postgres/migrations.ts",
    search: 'create unique index ${local("jobs_idem")}',
    replace: 'create index ${local("jobs_idem")}',
    tests: [RACES],
  },
  {
    id: "postgres: a batch takes unique keys as they come",
    breaks:
      "batches that share keys wait for each other in a ring, a second for each deadlock, until they are given up",
    file: `${SQL}/enqueue.ts`,
    search: "order by i.unique_key, i.owner, i.job_id",
    replace: "",
    tests: [RACES],
  },
  {
    id: "postgres: a batch takes idempotency keys as they come",
    breaks: "as above, with the other sort of key",
    file: `${SQL}/enqueue.ts`,
    search: "order by i.idempotency_key, i.owner, i.job_id",
    replace: "",
    tests: [RACES],
  },
  {
    id: "postgres: the clock of the client",
    breaks: "a process whose clock is wrong takes jobs from the others",
    file: "src/stores/postgres/store.ts",
    search: "now: clock === systemClock ? () => null : () => clock.now(),",
    replace: "now: () => clock.now(),",
    tests: ["test/stores/postgres-clock.test.ts"],
  },
  {
    id: "postgres: the callback beside its effect",
    breaks: "I25: the same message is applied by two processes at once",
    file: `${SQL}/callbacks.ts`,
    search: "where l.job_id = $1::uuid for update`,",
    replace: "where l.job_id = $1::uuid`,",
    tests: ["test/promises/callbacks.test.ts", RACES],
  },
  {
    id: "postgres: retention takes young jobs",
    breaks: "I29: a job goes before its time",
    file: `${SQL}/control.ts`,
    search: "e.finished_at < clock.now - rule.older_ms * interval '1 millisecond'",
    replace: "e.finished_at < clock.now",
    tests: [STORE],
  },
  {
    id: "postgres: what cannot be repeated is repeated",
    breaks: "a claim whose answer was lost is made again, and its first jobs wait for their lease to run out",
    file: "src/stores/postgres/driver.ts",
    search: "let mayReconnect = repeatable;",
    replace: "let mayReconnect = true;",
    tests: ["test/stores/postgres-repeats.test.ts"],
  },
  {
    id: "postgres: a jump of the server's clock is not noticed",
    breaks: "every running job is taken from its worker when the server's clock is set forward",
    file: "src/stores/postgres/sweep.ts",
    search: "isPaused({ wall: now, monotonic",
    replace: "isPaused({ wall: askedAt, monotonic",
    tests: ["test/stores/postgres.test.ts"],
  },
  {
    id: "postgres: a sweep reads the clock again",
    breaks: "a clock that jumps between two statements of a sweep takes jobs from living workers",
    file: "src/stores/postgres/sweep.ts",
    search: "db.run(db.sql.rescue, [now, limit",
    replace: "db.run(db.sql.rescue, [db.now(), limit",
    tests: ["test/stores/postgres-clock.test.ts"],
  },
  {
    id: "postgres: a heartbeat waits like any statement",
    breaks: "heartbeats that talk into a black hole hold the connections that claims wait for",
    file: "src/stores/postgres/hold.ts",
    search: "return Math.max(LEAST_BEAT_PATIENCE_MS, leaseMs / 2);",
    replace: "return 10 * leaseMs;",
    tests: ["test/processes/silent-connection.test.ts"],
  },
];
