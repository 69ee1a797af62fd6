/** Every order in which two workers, a rescuer and a person can act on one job; `npm run explore` goes further. */
import { expect, test } from "vitest";
import { memoryStore } from "../../src/stores/memory/store.js";
import { explore } from "./explore.js";
import { exploreMemory } from "./explore-memory.js";
import { oneJob } from "./one-job.js";

const CHANCES = { worker: 2, sweeps: 1, person: 1, steps: 2 };

test("I1–I30, L1 in whatever order they call, every answer is right, every state is sound, and the job can end", {
  timeout: 120_000,
}, async () => {
  const { violations, ...figures } = await exploreMemory(CHANCES);
  expect(violations).toEqual([]);
  // The search went through all of it: a call that is no longer offered, or loses its effect, changes these.
  expect(figures).toEqual({ states: 6_132, transitions: 13_142, interleavings: 115_190n, longest: 8 });
});

test("a store that gives a job out twice is found out, with the calls that lead there", async () => {
  const generous = (clock: Parameters<Parameters<typeof oneJob>[0]>[0]) => {
    const store = memoryStore({ clock });
    const claim = store.claim.bind(store);
    let last: Awaited<ReturnType<typeof claim>> | null = null;
    store.claim = async (request) => {
      const claimed = await claim(request);
      if (claimed.jobs.length === 0 && last !== null) return last;
      last = claimed;
      return claimed;
    };
    return store;
  };
  const { violations } = await explore(() => oneJob(generous, CHANCES));
  expect(violations).toEqual(["A claims, B claims: 1 jobs were claimed of one that was processing"]);
});
