/** Work that takes as long as its input says, and notes in the ledger that it began and ended. */
import { setTimeout as sleep } from "node:timers/promises";
import { defineJob } from "waymark";

export const handlers = ({ note }) => [
  defineJob({ kind: "plain" }).handle(async ({ ms = 0 }, { jobId, fence, attempt }) => {
    note("begin", { jobId, fence, attempt });
    if (ms > 0) await sleep(ms);
    note("end", { jobId, fence, attempt });
    return { fence };
  }),
  /** Works until it is told to stop; what it is told goes into the ledger. */
  defineJob({ kind: "patient" }).handle(async ({ ms }, ctx) => {
    const { jobId, fence, attempt, signal } = ctx;
    note("begin", { jobId, fence, attempt });
    const told = () => note("signal", { jobId, fence, why: signal.reason.why });
    signal.addEventListener("abort", told, { once: true });
    await sleep(ms, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw signal.reason;
    note("end", { jobId, fence, attempt });
    return { fence };
  }),
];
