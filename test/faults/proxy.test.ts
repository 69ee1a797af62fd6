/** The wire that breaks, on a real PostgreSQL: each trouble does what it says, and nothing else. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { postgresUrl } from "../support/postgres.js";
import { Proxy } from "./kit/proxy.js";

const TABLE = `proxy_test_${process.pid}`;
const direct = new pg.Client(postgresUrl());
let proxy: Proxy;
let client: pg.Client;

const insert = (n: number) =>
  client.query({ name: "insert_one", text: `insert into ${TABLE} values ($1)`, values: [n] });
const rows = async () => (await direct.query(`select n from ${TABLE} order by n`)).rows.map(({ n }) => n as number);

beforeAll(async () => {
  await direct.connect();
  await direct.query(`create table ${TABLE} (n integer)`);
});
beforeEach(async () => {
  await direct.query(`truncate ${TABLE}`);
  proxy = await Proxy.open(postgresUrl());
  client = new pg.Client(proxy.url);
  client.on("error", () => {});
  await client.connect();
});
afterEach(async () => {
  await client.end().catch(() => {});
  await proxy.close();
});
afterAll(async () => {
  await direct.query(`drop table ${TABLE}`);
  await direct.end();
});

it("undisturbed, everything passes, and is counted by name", async () => {
  await insert(1);
  await insert(2);
  expect(await rows()).toEqual([1, 2]);
  expect(proxy.count(/^insert_one$/)).toBe(2);
});

it("swallow: the statement commits, and the client never hears of it", async () => {
  proxy.rule = (request) => (request === "insert_one" ? "swallow" : null);
  await expect(insert(1)).rejects.toThrow(/terminated/);
  expect(await rows()).toEqual([1]);
});

it("reset: the statement never arrives", async () => {
  proxy.rule = () => "reset";
  await expect(insert(1)).rejects.toThrow(/terminated/);
  expect(await rows()).toEqual([]);
});

it("silence: neither an answer nor an error comes, and other connections go on", async () => {
  const other = new pg.Client(proxy.url);
  await other.connect();
  proxy.rule = (request) => (request === "insert_one" ? "silence" : null);
  const asked = insert(1).then(
    () => "told",
    () => "ended",
  );
  expect((await other.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  const first = await Promise.race([asked, new Promise((resolve) => setTimeout(() => resolve("silent"), 200))]);
  expect(first).toBe("silent");
  expect(await rows()).toEqual([]);
  await other.end();
});

it("delay and drip: the answer comes late, and whole", async () => {
  const query = { name: "long", text: "select repeat('x', 2000) as text" };
  for (const trouble of [{ delayMs: 100 }, { dripMs: 4 }]) {
    proxy.rule = (request) => (request === "long" ? trouble : null);
    const askedAt = performance.now();
    expect((await client.query(query)).rows[0].text).toHaveLength(2_000);
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(95);
  }
});

it("deaf: NOTIFY reaches nobody, while the connection works", async () => {
  const heard: unknown[] = [];
  client.on("notification", ({ payload }) => heard.push(payload));
  await client.query(`listen ${TABLE}`);
  proxy.deaf = true;
  await direct.query(`notify ${TABLE}, 'one'`);
  await client.query("select 1");
  proxy.deaf = false;
  await direct.query(`notify ${TABLE}, 'two'`);
  await client.query("select 1");
  expect(heard).toEqual(["two"]);
});

it("a connection may fall silent between its requests, and it is known when the client gave it up", async () => {
  await client.query(`listen ${TABLE}`);
  expect(proxy.silence(/^nothing$/)).toBe(0);
  expect(proxy.silence(/^listen /)).toBe(1);
  await direct.query(`notify ${TABLE}, 'one'`);
  expect(proxy.givenUpAfterMs).toEqual([]);
  // The socket itself: a polite end would wait for an answer.
  (client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
  for (let look = 0; look < 200 && proxy.givenUpAfterMs.length === 0; look++)
    await direct.query("select pg_sleep(0.01)");
  expect(proxy.givenUpAfterMs).toHaveLength(1);
});
