/** Callbacks of outside services, told to several processes of one place. */
import { expect, it } from "vitest";
import type { CallbackAnswer, Store } from "../../src/core/store.js";
import { COMPLETED, World } from "../../src/testing/store-suite/world.js";
import { onEveryStore } from "./on-every-store.js";

const LEASE_MS = 30_000;

onEveryStore("callbacks", (world) => {
  const tell = async (store: Store, told: { jobId: string; fence: number; id: string }): Promise<CallbackAnswer> => {
    const [answer] = await store.callback([{ ...told, seq: 1, effect: { type: "started" }, leaseMs: LEASE_MS }]);
    return answer!;
  };

  it("I25 what one process has applied is a duplicate to every other, also to one that was started since", async () => {
    const { store, clock } = world();
    const { jobId, fence } = await new World(store, clock).running();
    const told = { jobId, fence, id: "message" };
    expect(await tell(store, told)).toMatchObject({ applied: true });
    const other = await world().another();
    expect(await tell(other.store, told)).toMatchObject({ applied: false, reason: "duplicate" });
    expect(await store.callbacks([jobId])).toEqual([[{ jobId, fence, seq: 1, id: "message" }]]);
  });

  it("I25 the same message told to two processes at once is applied by one of them", async () => {
    const { store, clock } = world();
    const stores = [store, (await world().another()).store, (await world().another()).store];
    for (let round = 0; round < 10; round++) {
      const { jobId, fence } = await new World(store, clock).running();
      const answers = await Promise.all(stores.map((each) => tell(each, { jobId, fence, id: "message" })));
      expect(answers.filter(({ applied }) => applied)).toHaveLength(1);
      await store.settle([{ jobId, fence, outcome: COMPLETED }]);
    }
  });
});
