/** The kinds of the simulation and what their handlers do: heed the signal or not, fail, put off, take too long. */
import { sleep } from "../../src/core/clock.js";
import { type AnyJobDefinition, type BoundHandler, defineJob } from "../../src/core/define-job.js";
import { JobError } from "../../src/core/failure.js";
import type { JobContext } from "../../src/core/handler.js";
import { REMOTE_KIND } from "./service.js";
import type { Gate, ProcessClock, SimClock } from "./sim-clock.js";
import type { Truth } from "./truth.js";

const backoff = { base: "1s", max: "5s" } as const;

const OWN_KINDS: readonly AnyJobDefinition[] = [
  defineJob({ kind: "steady", stages: ["read", { name: "write", weight: 3 }], backoff }),
  defineJob({ kind: "flaky", maxAttempts: 5, backoff }),
  defineJob({ kind: "stubborn", backoff }),
  defineJob({ kind: "sleepy", backoff }),
  defineJob({ kind: "timed", maxAttempts: 2, timeout: "3s", backoff }),
];
export const KINDS: readonly AnyJobDefinition[] = [...OWN_KINDS, REMOTE_KIND];

export interface Stage {
  readonly process: string;
  readonly gate: Gate;
  readonly world: SimClock;
  readonly clock: ProcessClock;
  readonly truth: Truth;
}
type Work = (context: JobContext, stage: Stage) => Promise<unknown>;

const WORK: Readonly<Record<string, Work>> = {
  steady: async (ctx, { clock, world }) => {
    await ctx.stage("read");
    await sleep(clock, world.between(0, 1_500), ctx.signal);
    await ctx.stage("write");
    for (let done = 1; done <= 3; done++) {
      await sleep(clock, world.between(0, 4_000), ctx.signal);
      await ctx.progress(done, 3);
    }
    return { done: 3 };
  },
  flaky: async (ctx, { clock, world }) => {
    ctx.log("begins");
    await sleep(clock, world.between(0, 3_000), ctx.signal);
    if (world.chance(0.1)) throw new JobError({ code: "hopeless", message: "No.", category: "input" });
    if (world.chance(0.4)) throw new Error("flaky");
    return null;
  },
  /** Works on whatever it is told, and tries to write all the same. */
  stubborn: async (ctx, { clock, world, truth }) => {
    for (let step = 0; step < 4; step++) {
      await sleep(clock, world.between(0, 7_000));
      const mayWrite = !ctx.signal.aborted;
      const wrote = await ctx.progress(step, 4).then(
        () => true,
        () => false,
      );
      if (wrote && !mayWrite) truth.violate(ctx.jobId, `fence ${ctx.fence} reported after it was told to stop`);
    }
    return "done";
  },
  sleepy: async (ctx, { clock, world }) => {
    await sleep(clock, world.between(0, 500), ctx.signal);
    if (world.chance(0.5)) ctx.snooze(world.between(0, 5_000));
    return "awake";
  },
  timed: async (ctx, { clock, world }) => {
    await sleep(clock, world.between(0, 5_000), world.chance(0.7) ? ctx.signal : undefined);
    if (ctx.signal.aborted && world.chance(0.7)) throw ctx.signal.reason;
    return "in time";
  },
};

/** Does the work of a kind and notes it in the ledger. */
export async function perform(kind: string, context: JobContext, stage: Stage): Promise<unknown> {
  const run = stage.truth.begin(stage.process, stage.gate, context);
  try {
    const result = await WORK[kind]!(context, stage);
    run.ended = "returned";
    return result;
  } catch (error) {
    run.ended = "threw";
    throw error;
  }
}

export function handlersFor(stage: Stage): BoundHandler[] {
  return OWN_KINDS.map((definition) =>
    definition.handle((_input: unknown, context: JobContext) => perform(definition.kind, context, stage)),
  );
}
