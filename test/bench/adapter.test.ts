/** The adapter answers what the peers harness asks of a queue; the harness itself lives elsewhere. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { create, settings, variants } from "../../bench/adapter.mjs";
import { postgresUrl } from "../support/postgres.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waymark-adapter-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the harness lends. */
const kit = () => ({
  SCRATCH: folder,
  dbName: (peer: string) => `b_${peer.replaceAll("-", "_")}`,
  pgUrl: (name: string) => Object.assign(new URL(postgresUrl()), { pathname: `/${name}` }).href,
  pgTools: () => ({}),
  freshDb: async (name: string) => {
    const client = new pg.Client(postgresUrl());
    await client.connect();
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
    await client.end();
  },
});

describe.each(Object.keys(variants))("the adapter's %s", (peer) => {
  it("enqueues, works, tells a status and when all is done", async () => {
    const queue = await create({ peer, profile: "tuned", kit: kit() });
    await queue.setup();
    const id = await queue.enqueue({ i: 7 });
    expect(await queue.status(id)).toBe("pending");
    expect(await queue.bulk(20)).toHaveLength(20);
    const seen: unknown[] = [];
    const stop = await queue.startWorker((payload: unknown) => seen.push(payload));
    await queue.openRoundtrip();
    await queue.roundtrip({ last: true });
    while (!(await queue.isDone(id)) || seen.length < 22) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toContainEqual({ i: 7 });
    await stop();
    if (peer !== "waymark-memory") expect(await queue.unfinished()).toBe(0);
    await queue.close();
  });
});

it("every profile says how it is set", () => {
  expect(Object.keys(settings)).toEqual(["default", "tuned"]);
});
