/** A store against the model: random commands, a bounded number of runs, shrunk to the shortest that fails. */
import { describe, expect, it } from "vitest";
import type { Store } from "../../core/store.js";
import { FakeClock } from "../fake-clock.js";
import type { OpenStore } from "./index.js";
import { Model } from "./model.js";
import { commandsOf } from "./model-commands.js";
import { checkTrail } from "./trails.js";
import { World } from "./world.js";

export interface ModelOptions {
  /** Runs, each on a store of its own; default 60. */
  readonly runs?: number;
  /** Commands in one run, at most; default 40. */
  readonly maxCommands?: number;
  /** Replays a run that failed; default: a new one each time. */
  readonly seed?: number;
  /** The path fast-check printed, to replay one shrunk run. */
  readonly path?: string;
  /** For the whole test, in ms; default 120,000. */
  readonly timeoutMs?: number;
  /** Asked after each run; answers what it found wrong, in words. */
  readonly audit?: (store: Store, jobIds: readonly string[]) => Promise<readonly string[]>;
}

/** Registers the property test with Vitest. Needs fast-check. */
export function testStoreModel(name: string, open: OpenStore, options: ModelOptions = {}): void {
  const { runs = 60, maxCommands = 40, seed, path, timeoutMs = 120_000, audit } = options;
  describe(`${name} store`, () => {
    it("A6, I1–I18 answers and reads like the model, whatever happens in whatever order", {
      timeout: timeoutMs,
    }, async () => {
      const fc = await import("fast-check");
      const property = fc.asyncProperty(fc.commands(commandsOf(fc), { maxCommands, size: "max" }), async (commands) => {
        const clock = new FakeClock();
        const store = await open(clock);
        try {
          const model = new Model(clock.now());
          const world = new World(store, clock);
          await fc.asyncModelRun(() => ({ model, real: world }), commands);
          await checkRun(world, model, audit);
        } finally {
          await store.close();
        }
      });
      const replay = { ...(seed === undefined ? {} : { seed }), ...(path === undefined ? {} : { path }) };
      await fc.assert(property, { numRuns: runs, ...replay });
    });
  });
}

async function checkRun(world: World, model: Model, audit: ModelOptions["audit"]): Promise<void> {
  const living = model.living.map((job) => job.jobId);
  const trails = await world.store.trail(living);
  for (const [i, jobId] of living.entries()) checkTrail(await world.read(jobId), trails[i] ?? []);
  const counts = await world.store.counts({});
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(living.length);
  if (audit !== undefined) expect(await audit(world.store, living)).toEqual([]);
}
