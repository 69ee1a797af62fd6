/** What the doctor says of a PostgreSQL: each illness made on a real server. */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Finding } from "../../src/core/finding.js";
import { openDriver } from "../../src/stores/postgres/driver.js";
import { examine } from "../../src/stores/postgres/examine.js";
import { namesOf } from "../../src/stores/postgres/names.js";
import { type PostgresStoreOptions, postgresStore } from "../../src/stores/postgres/store.js";
import { dropSchemas, postgresUrl, schemaName, tellCounts } from "../support/postgres.js";

const admin = new pg.Client(postgresUrl());
let schema = "";
beforeAll(() => admin.connect());
beforeEach(() => {
  schema = schemaName();
});
afterAll(async () => {
  await admin.end();
  await dropSchemas();
});

const findings = async (options: Partial<PostgresStoreOptions> = {}): Promise<readonly Finding[]> => {
  const store = await postgresStore({ url: postgresUrl(), schema, maxConnections: 2, ...options });
  try {
    return await store.examine!();
  } finally {
    await store.close();
  }
};
const finding = async (check: string, options: Partial<PostgresStoreOptions> = {}): Promise<Finding | undefined> =>
  (await findings(options)).find((each) => each.check === check);

describe("on PostgreSQL", () => {
  it("a fresh schema is well: clock, schema, notices, dead rows, snapshots, connections, log", async () => {
    const all = await findings();
    // The server of the tests syncs nothing, and says so.
    const { rows } = await admin.query("show fsync");
    for (const { check, level, detail } of all) {
      const wanted = check === "durability" && rows[0].fsync === "off" ? "problem" : "ok";
      expect([check, level, detail]).toEqual([check, wanted, detail]);
    }
    expect(all.map(({ check }) => check)).toEqual([
      "clock",
      "schema",
      "durability",
      "notices",
      "listeners",
      "dead rows",
      "old snapshots",
      "connections",
      "write-ahead log",
    ]);
    const left = "select nspname from pg_catalog.pg_namespace where nspname like 'waymark_doctor%'";
    expect((await admin.query(left)).rows).toEqual([]);
  });

  it("indexes that are missing or broken and columns that are other are named; a user's own index is nobody's business", async () => {
    await findings();
    const { rows } = await admin.query(
      "select indexname from pg_catalog.pg_indexes where schemaname = $1 and tablename = 'ended'",
      [schema],
    );
    const [gone, broken] = rows.map(({ indexname }) => indexname as string).filter((name) => !name.endsWith("pkey"));
    await admin.query(`
      drop index "${schema}"."${gone}";
      create index mine on "${schema}".ended (worker_id);
      alter type "${schema}".ended_rest rename attribute stage to phase;
      alter table "${schema}".queues alter column paused_by type varchar(9);
      update pg_catalog.pg_index set indisvalid = false where indexrelid = '"${schema}"."${broken}"'::regclass`);
    const found = await finding("schema");
    expect(found).toMatchObject({ level: "problem", advice: expect.stringContaining("REINDEX") });
    expect(found!.detail).toContain(`missing: ended_rest.stage, index ${gone}`);
    expect(found!.detail).toContain(`broken, so never used: index ${broken}`);
    expect(found!.detail).toContain("other than the migrations made it: queues.paused_by");
    expect(found!.detail).not.toContain("mine");
  });

  it("the schema is compared for any prefix, and not by a role that may not make one", async () => {
    expect(await finding("schema", { prefix: "jobs_" })).toMatchObject({ level: "ok" });
    await findings();
    const role = `${schema}_reader`;
    await admin.query(`
      create role ${role} login password 'reader';
      grant usage on schema "${schema}" to ${role};
      grant select on all tables in schema "${schema}" to ${role}`);
    try {
      const url = Object.assign(new URL(postgresUrl()), { username: role, password: "reader" }).href;
      expect(await finding("schema", { url, migrate: "off" })).toMatchObject({
        level: "ok",
        detail: expect.stringContaining("not compared"),
      });
    } finally {
      await admin.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it("notices that do not get through, as behind a transaction pooler, are told; without notices there is nothing to hear", async () => {
    // A notice never leaves its database.
    const listenUrl = Object.assign(new URL(postgresUrl()), { pathname: "/template1" }).href;
    expect(await finding("notices", { listenUrl })).toMatchObject({
      level: "warning",
      advice: expect.stringContaining("listenUrl"),
    });
    expect(await finding("notices", { listen: false })).toMatchObject({ level: "ok" });
  });

  it("a worker process that does not listen is told", async () => {
    const store = await postgresStore({ url: postgresUrl(), schema, maxConnections: 2 });
    const worker = { workerId: "w", host: "h", pid: 1, kinds: ["kind"], queues: null, concurrency: 1 };
    await store.extend({ worker: { ...worker, running: 0, accepting: true }, leaseMs: 30_000, leases: [] });
    expect(await finding("listeners")).toMatchObject({
      level: "warning",
      detail: "0 connections listen for 1 worker processes.",
    });
    expect(store.hearing).toBeNull();
    const stop = store.subscribe(() => {});
    for (let look = 0; look < 200; look++) if ((await finding("listeners"))?.level === "ok") break;
    expect(await finding("listeners")).toMatchObject({ level: "ok" });
    expect(store.hearing).toBe("hears");
    stop();
    await store.close();
  });

  it("a table that is not vacuumed by itself is told", async () => {
    await findings();
    await admin.query(`alter table "${schema}".live set (autovacuum_enabled = false)`);
    expect(await finding("dead rows")).toMatchObject({
      level: "warning",
      detail: expect.stringContaining("live is not vacuumed"),
    });
  });

  it.each([
    [6, "warning"],
    [60, "problem"],
  ])("a machine whose clock is %i s off is told, as a %s", async (seconds, level) => {
    const right = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => right + seconds * 1_000);
    try {
      expect(await finding("clock")).toMatchObject({ level });
    } finally {
      vi.restoreAllMocks();
    }
  });

  it("rows that died and were not vacuumed, an old transaction, few free connections, an abandoned slot are told", async () => {
    await findings();
    const slot = `${schema}_slot`;
    const holder = new pg.Client(postgresUrl());
    await holder.connect();
    await admin.query(`alter table "${schema}".queues set (autovacuum_enabled = false)`);
    await admin.query(`insert into "${schema}".queues select 'q' || i from generate_series(1, 50) i`);
    await admin.query(`delete from "${schema}".queues`);
    await tellCounts(admin);
    await admin.query("select pg_create_physical_replication_slot($1, true)", [slot]);
    await holder.query("begin isolation level repeatable read");
    await holder.query("select count(*) from pg_class");
    try {
      const ill = { deadRows: 40, oldSnapshotS: 0.001, fullShare: 0.001, retainedBytes: -1 };
      const told = async (): Promise<readonly Finding[]> => {
        const driver = await openDriver({
          url: postgresUrl(),
          pool: null,
          prepare: true,
          maxConnections: 2,
          statementTimeoutMs: 8_000,
        });
        try {
          return await examine({ driver, names: namesOf(schema), listenAt: null }, ill);
        } finally {
          await driver.close();
        }
      };
      const found = await told();
      const details = Object.fromEntries(found.map(({ check, level, detail }) => [check, `${level}: ${detail}`]));
      expect(details).toMatchObject({
        "dead rows": expect.stringMatching(/^warning: queues has 50/),
        "old snapshots": expect.stringMatching(/^warning: Open: process \d+ since/),
        connections: expect.stringMatching(/^warning: \d+ of \d+ connections are in use/),
        "write-ahead log": expect.stringContaining(`warning: Slots that nobody reads: ${slot} holds`),
      });
    } finally {
      await holder.end();
      await admin.query("select pg_drop_replication_slot($1)", [slot]);
    }
  });
});
