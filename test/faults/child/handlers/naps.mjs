/**
 * Handlers that are frozen with their process. The first attempt waits until it has noticed that time went by without it,
 * and then offers its result; a later attempt ends at once, or holds on until a file says that the sleeper is awake.
 */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { defineJob } from "waymark";

/** A turn of 20 ms that took this long was a freeze. */
const FROZEN_MS = 800;

export const handlers = ({ note }) => [
  defineJob({ kind: "nap", maxAttempts: 5 }).handle(async ({ holdUntil }, ctx) => {
    const { jobId, fence, attempt } = ctx;
    note("begin", { jobId, fence, attempt });
    if (fence === 1) {
      for (let last = Date.now(); Date.now() - last < FROZEN_MS; ) {
        last = Date.now();
        await sleep(20);
      }
      void ctx.progress(50, 100).catch(() => {});
    } else if (holdUntil !== null) {
      while (!existsSync(holdUntil) && !ctx.signal.aborted) await sleep(20);
    }
    note("end", { jobId, fence, attempt });
    return { fence };
  }),
];
