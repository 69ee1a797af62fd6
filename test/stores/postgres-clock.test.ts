/** Whose clock rules in PostgreSQL: the server's, whatever the machines of the workers believe. */
import { afterAll, expect, it, vi } from "vitest";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

afterAll(dropSchemas);

it("a process whose clock is wrong takes no job from another, and its own are due and over by the server's clock", async () => {
  const store = await postgresStore({ url: postgresUrl(), schema: schemaName() });
  const world = new World(store, new FakeClock());
  const { jobId } = await world.running();
  const right = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => right + 86_400_000);
  try {
    expect(await store.sweep(10)).toMatchObject({ rescued: [] });
    const later = await world.add({ runAt: { inMs: 60_000 } });
    expect(await world.claimIds()).toEqual([]);
    const { createdAt, runAt } = await world.read(later);
    expect(Math.abs(createdAt - right)).toBeLessThan(3_600_000);
    expect(runAt - createdAt).toBe(60_000);
    expect(await world.status(jobId)).toBe("processing");
  } finally {
    vi.restoreAllMocks();
    await store.close();
  }
});
