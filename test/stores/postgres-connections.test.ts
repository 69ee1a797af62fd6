/** The store's own connections: kept from one statement to the next, and given up when they are of no use. */
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Connections } from "../../src/stores/postgres/connections.js";
import type { RawRow } from "../../src/stores/postgres/pg-types.js";
import { rawRows } from "../../src/stores/postgres/raw-rows.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { postgresUrl } from "../support/postgres.js";

const IDLE_MS = 60_000;
let pool: pg.Pool;
let clock: FakeClock;
let connections: Connections;

beforeEach(() => {
  pool = new pg.Pool({ connectionString: postgresUrl(), max: 2, allowExitOnIdle: true, idleTimeoutMillis: 600_000 });
  pool.on("error", () => {});
  clock = new FakeClock();
  connections = new Connections(pool, IDLE_MS, clock);
});
afterEach(() => connections.close());

const ask = (text: string, values: unknown[] = [], name?: string): Promise<RawRow[]> =>
  connections.use((client) => rawRows(client, { text, values, ...(name === undefined ? {} : { name }) }));
const backend = async (): Promise<string> => (await ask("select pg_backend_pid()"))[0]![0]!;

describe("a connection of the store's own", () => {
  it("serves one statement after the other", async () => {
    const first = await backend();
    expect([await backend(), await backend()]).toEqual([first, first]);
  });

  it("stays when the server refuses a value, with the statements that it knows", async () => {
    const pid = await ask("select pg_backend_pid() + $1::integer", [0], "mine");
    await expect(ask("select 1 / $1::integer", [0])).rejects.toMatchObject({ code: "22012" });
    expect(await ask("select pg_backend_pid() + $1::integer", [0], "mine")).toEqual(pid);
  });

  it("is given up when the tables changed under it", async () => {
    const pid = await backend();
    await expect(ask("select * from nowhere_at_all")).rejects.toMatchObject({ code: "42P01" });
    expect(await backend()).not.toBe(pid);
  });

  it("is replaced when it broke while nobody used it", async () => {
    const pid = await backend();
    const admin = new pg.Client(postgresUrl());
    await admin.connect();
    await admin.query("select pg_terminate_backend($1)", [pid]);
    await admin.end();
    while (pool.totalCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await backend()).not.toBe(pid);
  });

  it("is closed when nobody used it for a minute, and not the one that was used since", async () => {
    await connections.use(() => backend());
    expect(pool.totalCount).toBe(2);
    await clock.advance(IDLE_MS / 2);
    const pid = await backend();
    await clock.advance(IDLE_MS / 2);
    expect(pool.totalCount).toBe(1);
    expect(await backend()).toBe(pid);
    await clock.advance(IDLE_MS);
    expect(pool.totalCount).toBe(0);
  });

  it("goes to whoever waits, when there may be no more", async () => {
    const pids = await Promise.all([1, 2, 3, 4, 5, 6].map(backend));
    expect(new Set(pids).size).toBe(2);
  });

  it("ends with the store, once whoever uses it is done", async () => {
    const slow = ask("select pg_sleep(0.05)::text");
    await backend();
    await connections.close();
    expect(await slow).toEqual([[""]]);
    expect(pool.totalCount).toBe(0);
    connections = new Connections(new pg.Pool({ connectionString: postgresUrl() }), IDLE_MS, clock);
  });
});

describe("a query of which only the texts are wanted", () => {
  it("takes texts, numbers, truth and nothing, and answers with the texts of each row", async () => {
    const text = "select $1::text, $2::integer + i, $3::boolean, $4::text from generate_series(1, 2) i";
    const row = (n: string): RawRow => ['é "\\', n, "t", null];
    for (const name of [undefined, "rows"]) {
      expect(await ask(text, ['é "\\', 41, true, null], name)).toEqual([row("42"), row("43")]);
    }
    expect(await ask("select 1 where false")).toEqual([]);
  });

  it("is prepared once for each connection", async () => {
    for (let i = 0; i < 3; i++) await ask("select $1::text", ["a"], "once");
    expect(await ask("select count(*) from pg_prepared_statements where name = 'once'")).toEqual([["1"]]);
  });

  it("is told when no answer comes in time, and the connection is given up", async () => {
    const pid = await backend();
    const slow = connections.use((client) =>
      rawRows(client, { text: "select pg_sleep(30)", values: [], query_timeout: 50 }),
    );
    await expect(slow).rejects.toThrow("read timeout");
    expect(await backend()).not.toBe(pid);
  });
});
