/**
 * Claims jobs and runs their handlers. One loop for all queues: it asks for as many jobs as it has room for, sleeps until
 * the next one is due, and is woken early by hints. Nothing here decides what a job becomes; the store does.
 */
import type { BoundHandler } from "../core/define-job.js";
import type { ClaimedJob } from "../core/store.js";
import { createCancelWatch } from "./cancel-watch.js";
import { createDurationLog } from "./duration-log.js";
import { handlersByKind } from "./handlers-by-kind.js";
import { openJobContext } from "./job-context.js";
import type { TellNews } from "./lease-keeper.js";
import { leaseKey } from "./lease-key.js";
import { createReportBuffer } from "./report-buffer.js";
import { type AttemptEnd, runAttempt } from "./run-attempt.js";
import { createSettler } from "./settler.js";
import { createStopSwitch, type StopSwitch } from "./stop-switch.js";
import { createStragglers } from "./stragglers.js";
import { createSuspects } from "./suspects.js";
import { checkedOptions, type WorkOptions } from "./work-options.js";
import type { OpenKeeper, Outside, Worker, WorkerSetup } from "./worker-setup.js";

export type { OpenKeeper, Outside, Worker, WorkerSetup, WorkOptions };

/** A claimed job and the switch that stops it, whether its handler has begun or not. */
interface Taken {
  readonly claimed: ClaimedJob;
  readonly stopSwitch: StopSwitch;
  readonly takenAt: number;
  /** Settles with the handler, when the attempt ended before it. */
  left: Promise<unknown> | null;
}

const REASON = { cancelRequested: "cancel", lost: "lost" } as const;
/** A loop that has not turned for two polls and this is stalled. */
const STALLED_MS = 30_000;
/** Heartbeats that the store has not answered for a lease and this are stalled: a slow one is none. */
const BEAT_SLACK_MS = 5_000;
/** A claim that failed is tried again after this long, doubling up to the poll interval. */
const FIRST_RETRY_MS = 100;
/** A handler that heeds no timeout blocks its lease for one lease more, not for ever. */
const OVERTIME_LEASES = 2;
/** One that runs on after its attempt keeps its slot for so long at most; so does one whose lease is presumed lost. */
const LEFT_LEASES = 10;

export function startWorker(setup: WorkerSetup): Worker {
  const { runtime, handlers, outside, options, identity, openKeeper } = setup;
  const { store, clock, events } = runtime;
  const settings = checkedOptions(options);
  const { concurrency, prefetch, queues, leaseMs, pollMs, shutdownGraceMs, blocked } = settings;
  const byKind = handlersByKind(handlers);
  const kinds = [...byKind.keys()];
  const workerId = runtime.newId();
  const claimAs = { workerId: outside?.holder ?? workerId, leaseMs: outside?.leaseMs ?? leaseMs };

  const running = new Map<string, StopSwitch>();
  const attempts = new Set<Promise<void>>();
  let ready: Taken[] = [];
  let accepting = true;
  let claiming: Promise<void> | null = null;
  let claimAgain = false;
  let turnedAt = clock.monotonic();
  let retryMs = FIRST_RETRY_MS;
  let disarm: (() => void) | null = null;
  let stopping: Promise<void> | null = null;

  const trouble = (part: string, error: unknown, jobId?: string): void =>
    events.emit({ type: "trouble", part, error, ...(jobId === undefined ? {} : { jobId }) });
  const keeper = openKeeper(leaseMs, { workerId, ...identity, kinds, queues, concurrency }, blocked);
  const settler = createSettler(store, clock, (error, jobId) => trouble("settle", error, jobId));
  const reports = createReportBuffer({
    store,
    clock,
    onTrouble: (error) => trouble("report", error),
    onAnswer: (lease, answer) => {
      if (answer !== "held") running.get(leaseKey(lease))?.stop(REASON[answer]);
    },
  });
  const stragglers = createStragglers({
    clock,
    patienceMs: LEFT_LEASES * leaseMs,
    onFree: () => {
      fill();
      look();
    },
    onTrouble: (error, jobId) => trouble("handler", error, jobId),
  });
  const suspects = createSuspects({ clock, probationMs: leaseMs, onFree: () => look() });
  const cancels = createCancelWatch({ store, clock, onChange: keeper.beatSoon });
  const durations = createDurationLog({ store, clock, onTrouble: (error) => trouble("learn", error) });

  const busy = (): number => running.size + stragglers.count;
  const room = (): number => {
    if (suspects.onProbation) return 0;
    const free = concurrency + prefetch - busy() - ready.length;
    return suspects.many ? Math.min(1, free) : free;
  };

  const arm = (ms: number): void => {
    disarm?.();
    disarm = accepting ? clock.after(ms, look, { keepAlive: true }) : null;
  };

  /** Claims if there is room; asked for while a claim is under way, it claims once more after that. */
  const look = (): void => {
    if (!accepting) return;
    if (claiming === null) turnedAt = clock.monotonic();
    if (claiming !== null) {
      claimAgain = true;
      return;
    }
    if (room() <= 0) return arm(pollMs);
    claimAgain = false;
    claiming = claim().finally(() => {
      claiming = null;
      turnedAt = clock.monotonic();
      if (claimAgain) look();
    });
  };

  const claim = async (): Promise<void> => {
    const limit = room();
    const askedAt = clock.monotonic();
    try {
      const { jobs, nextDueInMs } = await store.claim({ ...claimAs, kinds, queues, limit });
      retryMs = FIRST_RETRY_MS;
      // Whoever only hands jobs over cannot be taken down by one.
      const { run, giveBack } = outside === null ? suspects.admit(jobs) : { run: jobs, giveBack: [] };
      for (const claimed of run) ready.push(take(claimed, askedAt));
      for (const claimed of giveBack) track(giveOneBack(take(claimed, askedAt)));
      if (!accepting) return;
      fill();
      if (nextDueInMs === 0 && room() > 0) claimAgain = true;
      const jittered = pollMs * (0.9 + 0.2 * clock.random());
      arm(nextDueInMs === null ? jittered : Math.min(jittered, Math.max(1, nextDueInMs)));
    } catch (error) {
      trouble("claim", error);
      arm(Math.min(pollMs, retryMs * (0.5 + clock.random())));
      retryMs *= 2;
    }
  };

  const take = (claimed: ClaimedJob, askedAt: number): Taken => {
    const stopSwitch = createStopSwitch(clock, LEFT_LEASES * leaseMs);
    const takenAt = clock.monotonic();
    if (outside === null) keeper.hold(claimed, { giveUpInMs: null, ageMs: takenAt - askedAt }, teller(stopSwitch));
    return { claimed, stopSwitch, takenAt, left: null };
  };

  const fill = (): void => {
    while (accepting && ready.length > 0 && busy() < concurrency) {
      const taken = ready.shift()!;
      running.set(leaseKey(taken.claimed), taken.stopSwitch);
      suspects.begin(taken.claimed);
      const done = attempt(taken)
        .catch((error: unknown) => trouble("attempt", error, taken.claimed.jobId))
        .finally(() => {
          taken.stopSwitch.end();
          keeper.drop(taken.claimed);
          running.delete(leaseKey(taken.claimed));
          suspects.end(taken.claimed);
          if (taken.left !== null) stragglers.add(taken.claimed.jobId, taken.left);
          fill();
          look();
        });
      track(done);
    }
  };

  /** What `stop` waits for. */
  const track = (work: Promise<void>): void => {
    const done = work.finally(() => attempts.delete(done));
    attempts.add(done);
  };

  const attempt = async (taken: Taken): Promise<void> => {
    const { claimed, stopSwitch } = taken;
    const { jobId, kind, fence } = claimed;
    const handler = byKind.get(kind)!;
    const { timeoutMs } = handler.definition;
    const startedAt = clock.monotonic();
    if (outside === null && timeoutMs !== null && stopSwitch.why() !== "lost") {
      const overtime = { giveUpInMs: timeoutMs + OVERTIME_LEASES * leaseMs, ageMs: 0 };
      keeper.hold(claimed, overtime, teller(stopSwitch));
    }
    events.emit({ type: "started", jobId, kind, fence, attempt: claimed.attempt });
    const timer = durations.start(claimed, startedAt - taken.takenAt);
    const outcome = await run(taken, handler, timer.stage);
    if (outcome === "handed over") return;
    await reports.flush(claimed);
    const answer = outcome === null ? null : await settler.settle({ jobId, fence, outcome }, stopSwitch.lost);
    reports.drop(claimed);
    if (answer === null || answer.answer === "lost") {
      events.emit({ type: "lease_lost", jobId, kind, fence, during: outcome?.type ?? "run" });
    } else {
      if (answer.answer === "settled" && answer.status === "completed") timer.succeeded();
      const failure = outcome?.type === "failed" ? outcome.failure.public : null;
      events.emit({
        type: "ended",
        jobId,
        kind,
        fence,
        status: answer.status,
        durationMs: clock.monotonic() - startedAt,
        errorCode: failure?.code ?? null,
        reference: failure?.reference ?? null,
        late: answer.answer === "settled" && answer.late,
      });
    }
  };

  const run = async (taken: Taken, handler: BoundHandler, onStage: (name: string) => void): Promise<AttemptEnd> => {
    const { claimed, stopSwitch } = taken;
    // Told to stop while it waited for its turn: there is nothing to interrupt.
    if (stopSwitch.why() === "lost") return null;
    if (stopSwitch.why() === "cancel") return { type: "cancelled" };
    const { redactor, limits } = runtime;
    const { context, close } = openJobContext({
      claimed,
      definition: handler.definition,
      get signal() {
        return stopSwitch.signal;
      },
      stopReason: () => stopSwitch.reason,
      reports,
      redactor,
      limits,
      onStage,
    });
    const onLeft = (ended: Promise<unknown>): void => void (taken.left = ended);
    if (outside === null) cancels.begin(claimed, stopSwitch);
    try {
      return await runAttempt(runtime, { claimed, handler, context, stopSwitch, onLeft });
    } finally {
      cancels.end(claimed);
      close();
    }
  };

  const giveBack = async (): Promise<void> => {
    const unstarted = ready;
    ready = [];
    await Promise.all(unstarted.map(giveOneBack));
  };
  const giveOneBack = async ({ claimed, stopSwitch }: Taken): Promise<void> => {
    const { jobId, fence } = claimed;
    stopSwitch.end();
    stopSwitch.stop("shutdown");
    await settler.settle({ jobId, fence, outcome: { type: "released" } }, stopSwitch.lost);
    keeper.drop(claimed);
    suspects.end(claimed);
  };

  const shutDown = async (): Promise<void> => {
    accepting = false;
    disarm?.();
    // From the call on, whatever a claim that hangs or a store that is away takes of it.
    const patience = clock.after(
      shutdownGraceMs,
      () => {
        for (const stopSwitch of running.values()) stopSwitch.stop("shutdown");
      },
      { keepAlive: true },
    );
    await claiming;
    await giveBack();
    while (attempts.size > 0) await Promise.all(attempts);
    patience();
    unsubscribe();
    cancels.stop();
    stragglers.stop();
    await durations.stop();
    await keeper.stop();
  };

  const unsubscribe = store.subscribe((hint) => {
    if (hint.waiting) look();
    cancels.hinted(hint);
  });
  const stop = (): Promise<void> => {
    stopping ??= shutDown();
    return stopping;
  };
  look();
  const stalledLoops = (): ("claim" | "heartbeat")[] => [
    ...(accepting && clock.monotonic() - turnedAt > 2 * pollMs + STALLED_MS ? ["claim" as const] : []),
    ...(accepting && keeper.silentMs > leaseMs + BEAT_SLACK_MS ? ["heartbeat" as const] : []),
  ];

  return {
    workerId,
    get running() {
      return busy();
    },
    get stalled() {
      return stalledLoops().length > 0;
    },
    get stalledLoops() {
      return stalledLoops();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function teller(stopSwitch: StopSwitch): TellNews {
  return (news, presumed) => stopSwitch.stop(REASON[news], presumed);
}
