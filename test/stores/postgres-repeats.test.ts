/** Which statements the PostgreSQL store sends again when nobody knows whether the first one came through. */
import pg from "pg";
import { afterAll, afterEach, expect, it } from "vitest";
import type { Store } from "../../src/core/store.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(dropSchemas);

/** A store whose first statement of that name takes effect, and whose connection then dies before the answer. */
async function deafAfter(name: string): Promise<{ store: Store; sent: () => number }> {
  const pool = new pg.Pool({ connectionString: postgresUrl(), max: 3 });
  let sent = 0;
  const tapped = {
    query: async (query: { name?: string }) => {
      const answer = await pool.query(query as pg.QueryConfig);
      if (!query.name?.startsWith(`waymark_${name}`) || ++sent > 1) return answer;
      throw new Error("Connection terminated unexpectedly");
    },
    connect: () => pool.connect(),
    end: () => pool.end(),
  };
  const store = await postgresStore({ pool: tapped, schema: schemaName() });
  closers.push(async () => {
    await store.close();
    await pool.end();
  });
  return { store, sent: () => sent };
}

it("a claim whose answer was lost is not made again: it would take other jobs, and the first would wait for nobody", async () => {
  const { store, sent } = await deafAfter("claim");
  const world = new World(store, new FakeClock());
  const jobs = [await world.add(), await world.add()];
  await expect(world.claim()).rejects.toMatchObject({ code: "store_unavailable" });
  expect(sent()).toBe(1);
  const statuses = await Promise.all(jobs.map((jobId) => world.status(jobId)));
  expect(statuses).toEqual(["processing", "pending"]);
});

it("an ending whose answer was lost is told again, and is then a replay", async () => {
  const { store, sent } = await deafAfter("completeLone");
  const world = new World(store, new FakeClock());
  const lease = await world.running();
  expect(await world.settle(lease, COMPLETED)).toMatchObject({ answer: "replayed", status: "completed" });
  expect(sent()).toBeGreaterThan(1);
});
