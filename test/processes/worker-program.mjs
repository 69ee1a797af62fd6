/**
 * A worker in a process of its own, for the tests beside it:
 * `node worker-program.mjs STORE_URL STORE_OPTIONS WORK_OPTIONS`, the last two as JSON.
 * Tells what happens as one JSON object a line; ends on SIGTERM, after giving its jobs back.
 */
import { defineJob, openWaymark } from "waymark";

const [url, options = "{}", workOptions = "{}"] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const waymark = await openWaymark({ store: url, storeOptions: JSON.parse(options), migrate: "check" });
const { store } = waymark;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers what it was given. */
const echo = defineJob({ kind: "echo" }).handle((input) => input);

/** Says that it began, and works until it is told to stop or for as long as asked. */
const long = defineJob({ kind: "long" }).handle(async ({ ms }, ctx) => {
  tell({ began: ctx.jobId, attempt: ctx.attempt, fence: ctx.fence });
  const end = Date.now() + ms;
  while (Date.now() < end && !ctx.signal.aborted) await sleep(20);
  if (ctx.signal.aborted) throw ctx.signal.reason;
  return `attempt ${ctx.attempt}`;
});

/** Blocks the event loop of this process. */
const busy = defineJob({ kind: "busy" }).handle(({ ms }, ctx) => {
  tell({ began: ctx.jobId, attempt: ctx.attempt });
  for (const end = Date.now() + ms; Date.now() < end; );
  return `attempt ${ctx.attempt}`;
});

/** Waits until the process was frozen and goes on, then tries every write an attempt can make. */
const frozen = defineJob({ kind: "frozen", stages: ["one", "two"] }).handle(async (_input, ctx) => {
  tell({ began: ctx.jobId, attempt: ctx.attempt, fence: ctx.fence });
  if (ctx.attempt > 1) return "by the second";
  // Listened for before anybody can see the stage, and freeze this process on it.
  const goesOn = new Promise((resolve) => process.once("SIGCONT", resolve));
  await ctx.stage("one");
  await goesOn;
  const lease = { jobId: ctx.jobId, fence: ctx.fence };
  const failure = {
    public: { code: "x", message: "x", category: "internal", retryable: true, reference: "x" },
    detail: "{}",
  };
  const answers = {
    extend: (await store.extend({ worker: null, leaseMs: 60_000, leases: [lease] }))[0],
    progress: (await store.report([{ ...lease, stage: "two", percent: 90 }]))[0],
    fail: (await store.settle([{ ...lease, outcome: { type: "failed", failure, retryInMs: 0 } }]))[0].answer,
    complete: (await store.settle([{ ...lease, outcome: { type: "completed", result: '"by the first"' } }]))[0].answer,
  };
  if (!ctx.signal.aborted) await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
  const stage = await ctx.stage("two").then(
    () => "accepted",
    () => "refused",
  );
  tell({ woke: ctx.jobId, answers, signal: ctx.signal.reason.why, stage });
  return "by the first";
});

/** Never gives way to anything again, the first time. */
const endless = defineJob({ kind: "endless" }).handle(async (_input, ctx) => {
  tell({ began: ctx.jobId, attempt: ctx.attempt });
  while (ctx.attempt === 1) await Promise.resolve();
  return "by the second";
});

/** Forgets a promise, which rejects while the handler runs, and another, which rejects long after. */
const forgetful = defineJob({ kind: "forgetful" }).handle(async (_input, ctx) => {
  tell({ began: ctx.jobId, attempt: ctx.attempt });
  void Promise.reject(new Error("forgotten early"));
  setTimeout(() => void Promise.reject(new Error("forgotten late")), 300);
  await sleep(100);
  return "done";
});

/** Not in a handler: nobody's job is to blame. */
process.on("SIGUSR2", () => void Promise.reject(new Error("the program's own")));

waymark.on((event) => {
  if (event.type === "trouble" && event.part === "handler") tell({ stray: event.error.message, jobId: event.jobId });
  if (event.type === "trouble" && event.part === "event_loop") tell({ lag: event.error.message });
});
const worker = waymark.work([forgetful, echo, long, busy, frozen, endless], {
  leaseMs: 1_500,
  sweepMs: 400,
  pollMs: 300,
  shutdownGraceMs: 100,
  ...JSON.parse(workOptions),
});
const end = async () => {
  await worker.stop();
  await waymark.close();
  tell({ stopped: true });
  process.exit(0);
};
process.on("SIGTERM", () => void end());
tell({ ready: worker.workerId });
