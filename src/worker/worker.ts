/**
 * Claims jobs and has their handlers run. One loop for all queues: it asks for as many jobs as it has room for, sleeps
 * until the next one is due, and is woken early by hints. Nothing here decides what a job becomes; the store does.
 */
import { soon } from "../core/soon.js";
import type { ClaimedJob } from "../core/store.js";
import { Attempt, type AttemptDesk } from "./attempt.js";
import { createCancelWatch } from "./cancel-watch.js";
import { createDeadlines } from "./deadlines.js";
import { createDurationLog } from "./duration-log.js";
import { createFairShare } from "./fair-share.js";
import { handlersByKind } from "./handlers-by-kind.js";
import { adaptivePrefetch, fixedPrefetch } from "./prefetch.js";
import { ReadyJobs } from "./ready-jobs.js";
import { createReportBuffer } from "./report-buffer.js";
import { createSettler } from "./settler.js";
import { createStragglers } from "./stragglers.js";
import { catchStrayRejections, withStraysTold } from "./stray-rejections.js";
import { createSuspects } from "./suspects.js";
import { createWakeTimer } from "./wake-timer.js";
import { checkedOptions, type WorkOptions } from "./work-options.js";
import type { OpenKeeper, Outside, Worker, WorkerSetup } from "./worker-setup.js";

export type { OpenKeeper, Outside, Worker, WorkerSetup, WorkOptions };

/** Letters and digits: 36 random bits. Every job that ended keeps it, and has eight bytes for it where rows are narrow. */
const WORKER_ID_LENGTH = 7;
/** A loop that has not turned for two polls and this is stalled. */
const STALLED_MS = 30_000;
/** Heartbeats that the store has not answered for a lease and this are stalled: a slow one is none. */
const BEAT_SLACK_MS = 5_000;
/** A line that was empty is looked at again so long after an attempt has ended: whoever adds to it tells. */
const EMPTY_LOOK_MS = 20;
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
  const { concurrency, queues, leaseMs, pollMs, shutdownGraceMs, blocked, strayRejections } = settings;
  const onStray = (error: unknown, jobId: string): void => trouble("handler", error, jobId);
  const catches = strayRejections === "record";
  const byKind = handlersByKind(catches ? handlers.map((each) => withStraysTold(each, onStray)) : handlers);
  const ignoreStrays = catches ? catchStrayRejections() : () => {};
  const kinds = [...byKind.keys()];
  const workerId = shortName(runtime.newId());
  const claimAs = { workerId: outside?.holder ?? workerId, leaseMs: outside?.leaseMs ?? leaseMs };
  const leftMs = LEFT_LEASES * leaseMs;

  /** Every attempt whose lease is ours: held ready, running, or waiting for the store to hear of its end. */
  const held = new Set<Attempt>();
  const ready = new ReadyJobs();
  let running = 0;
  let filling = false;
  let accepting = true;
  let isClaiming = false;
  /** The last claim that was asked for. */
  let claiming: Promise<void> = Promise.resolve();
  let claimAgain = false;
  /** The last claim left some that are due. */
  let moreIsDue = false;
  let turnedAt = clock.monotonic();
  let retryMs = FIRST_RETRY_MS;
  let stopping: Promise<void> | null = null;
  let onEmpty = (): void => {};
  let disarmImpatience: (() => void) | null = null;
  let lookSoon = false;
  /** The last claim left nothing behind that is due. */
  let lineIsEmpty = false;

  const trouble = (part: string, error: unknown, jobId?: string): void =>
    events.emit({ type: "trouble", part, error, ...(jobId === undefined ? {} : { jobId }) });
  const keeper = openKeeper(leaseMs, { workerId, ...identity, kinds, queues, concurrency }, blocked);
  const prefetch = settings.prefetch === null ? adaptivePrefetch(clock) : fixedPrefetch(settings.prefetch);
  const suspects = createSuspects({ clock, probationMs: leaseMs, onFree: () => look() });
  const cancels = createCancelWatch({ store, clock, onChange: keeper.beatSoon });
  const deadlines = createDeadlines(clock);
  const durations = createDurationLog({ store, clock, onTrouble: (error) => trouble("learn", error) });
  const stragglers = createStragglers({
    clock,
    patienceMs: leftMs,
    onFree: () => {
      fill();
      look();
    },
    onTrouble: (error, jobId) => trouble("handler", error, jobId),
  });
  const wake = createWakeTimer(clock, () => {
    // Every claim sets the timer anew. A second look right behind this one would only get in the way of the job it brings.
    if (!isClaiming) look();
  });
  const share = createFairShare(clock, () => {
    fill();
    if (claimAgain) look();
  });

  const desk: AttemptDesk = {
    runtime,
    durations,
    presumedGraceMs: leftMs,
    settler: createSettler(store, clock, (error, jobId) => trouble("settle", error, jobId)),
    reports: createReportBuffer<Attempt>({
      store,
      clock,
      onTrouble: (error) => trouble("report", error),
      onAnswer: (attempt, answer) => {
        if (answer !== "held") attempt.tell(answer, false);
      },
    }),
    onWait: (attempt) => {
      const { timeoutMs } = attempt.definition;
      if (outside === null) cancels.begin(attempt);
      if (timeoutMs !== null) deadlines.begin(attempt.stopSwitch, timeoutMs, attempt.begunAt);
    },
    onWaitOver: (attempt) => {
      const { timeoutMs } = attempt.definition;
      cancels.end(attempt);
      if (timeoutMs !== null) deadlines.end(attempt.stopSwitch, timeoutMs);
    },
    onHandlerEnd: (attempt, left) => {
      running--;
      if (left !== null) stragglers.add(attempt.jobId, left);
      // A handler that ends at once comes here from within.
      if (!filling) fill();
    },
    onOver: (attempt) => {
      keeper.drop(attempt);
      held.delete(attempt);
      if (attempt.claimed.lostCount > 0) suspects.end(attempt.claimed);
      prefetch.ended();
      if (held.size === 0) onEmpty();
      // Looking at once would get in the way of whoever waits for this job.
      if (lineIsEmpty && store.hearing === "hears" && accepting) return wake.within(EMPTY_LOOK_MS);
      // Endings come by the hundred: they are one look.
      if (lookSoon) return;
      lookSoon = true;
      soon(() => {
        lookSoon = false;
        look();
      });
    },
  };

  const busy = (): number => running + stragglers.count;
  /**
   * Jobs to ask for now. Whatever waits for a store that is slow to hear of endings counts too, so that it is bounded;
   * and a line that is still half full is not worth a claim.
   */
  const room = (): number => {
    if (suspects.onProbation) return 0;
    const ahead = prefetch.size();
    const free = concurrency + ahead - busy() - ready.count;
    const bounded = Math.min(free, concurrency + 2 * ahead - held.size - stragglers.count);
    if (suspects.many) return Math.min(1, bounded);
    return bounded > ahead / 2 ? bounded : 0;
  };

  /** Claims if there is room; asked for while a claim is under way, it claims once more after that. */
  const look = (): void => {
    if (!accepting) return;
    if (isClaiming) {
      claimAgain = true;
      return;
    }
    turnedAt = clock.monotonic();
    const limit = room();
    claimAgain = limit > 0 && !share.mayClaim();
    if (claimAgain) return;
    if (limit === 0) return wake.in(pollMs);
    moreIsDue = false;
    isClaiming = true;
    claiming = claim(limit);
  };

  const claim = async (limit: number): Promise<void> => {
    const askedAt = clock.monotonic();
    try {
      const { jobs, nextDueInMs } = await store.claim({ ...claimAs, kinds, queues, limit });
      retryMs = FIRST_RETRY_MS;
      lineIsEmpty = jobs.length < limit && nextDueInMs !== 0;
      // Whoever only hands jobs over cannot be taken down by one.
      const { run, giveBack } = outside === null ? suspects.admit(jobs) : { run: jobs, giveBack: [] };
      const taken = take(run, askedAt);
      // Those must be safe before the one that may take this process down begins.
      if (giveBack.length > 0) await Promise.all(take(giveBack, askedAt).map((attempt) => attempt.giveBack()));
      addReady(taken);
      // Handlers first, timers later. When more is due, the next claim must leave before them.
      if (nextDueInMs !== 0) fill();
      if (held.size === 0) {
        prefetch.forget();
        keeper.idle();
      }
      if (accepting) lookAgainIn(nextDueInMs);
    } catch (error) {
      trouble("claim", error);
      wake.in(Math.min(pollMs, retryMs * (0.5 + clock.random())));
      retryMs *= 2;
    }
    isClaiming = false;
    turnedAt = clock.monotonic();
    fill();
    if (claimAgain) look();
  };

  const lookAgainIn = (nextDueInMs: number | null): void => {
    if (nextDueInMs === 0) moreIsDue = claimAgain = true;
    const jittered = pollMs * (0.9 + 0.2 * clock.random());
    wake.in(nextDueInMs === null ? jittered : Math.min(jittered, Math.max(1, nextDueInMs)));
  };

  const take = (jobs: readonly ClaimedJob[], askedAt: number): Attempt[] => {
    if (jobs.length === 0) return [];
    const takenAt = clock.monotonic();
    const taken: Attempt[] = [];
    for (let i = 0; i < jobs.length; i++) {
      const claimed = jobs[i]!;
      const attempt = new Attempt(desk, claimed, byKind.get(claimed.kind)!, takenAt);
      held.add(attempt);
      taken.push(attempt);
    }
    if (outside === null) keeper.hold(taken, { giveUpInMs: null, ageMs: takenAt - askedAt });
    return taken;
  };

  const addReady = (taken: Attempt[]): void => {
    if (taken.length === 0) return;
    ready.add(taken);
    prefetch.took();
  };

  /** Begins what is ready while there are slots, and time in this turn of the event loop. */
  const fill = (): void => {
    if (filling) return;
    filling = true;
    let now = Number.NaN;
    while (accepting && ready.count > 0 && running + stragglers.count < concurrency) {
      // Where the last one has ended at once, it was then.
      if (Number.isNaN(now)) now = clock.monotonic();
      if (!share.mayBegin(now)) break;
      const attempt = ready.shift();
      const { timeoutMs } = attempt.handler.definition;
      if (outside === null && timeoutMs !== null && attempt.why() !== "lost") {
        keeper.hold([attempt], { giveUpInMs: timeoutMs + OVERTIME_LEASES * leaseMs, ageMs: 0 });
      }
      running++;
      if (attempt.claimed.lostCount > 0) suspects.begin(attempt.claimed);
      attempt.begin(now);
      now = attempt.endedAt === 0 ? Number.NaN : attempt.endedAt;
      // The store works on the next claim while the rest is run here; for that it must leave first.
      if (moreIsDue && ready.isHalf) {
        look();
        if (isClaiming) break;
      }
    }
    filling = false;
    watchReady();
  };

  /** What turned out to be slower than it was thought to be must not wait here while others have nothing to do. */
  const watchReady = (): void => {
    const { patienceMs } = prefetch;
    if (patienceMs === null || ready.count === 0 || !accepting || disarmImpatience !== null) return;
    disarmImpatience = clock.after(patienceMs, () => {
      disarmImpatience = null;
      const oldest = ready.first;
      if (oldest !== undefined && clock.monotonic() - oldest.takenAt >= patienceMs) {
        prefetch.forget();
        giveBack();
      }
      watchReady();
    });
  };

  /** Jobs not yet begun, for others to take. */
  const giveBack = (): void => {
    for (const attempt of ready.takeAll()) void attempt.giveBack();
  };

  const shutDown = async (): Promise<void> => {
    accepting = false;
    wake.stop();
    share.stop();
    disarmImpatience?.();
    // From the call on, whatever a claim that hangs or a store that is away takes of it.
    const patience = clock.after(
      shutdownGraceMs,
      () => {
        for (const { stopSwitch } of held) stopSwitch.stop("shutdown");
      },
      { keepAlive: true },
    );
    await claiming;
    giveBack();
    if (held.size > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
    patience();
    unsubscribe();
    cancels.stop();
    deadlines.stop();
    stragglers.stop();
    await durations.stop();
    await keeper.stop();
    ignoreStrays();
  };

  const unsubscribe = store.subscribe((hint) => {
    if (hint.waiting) look();
    cancels.hinted(hint);
  }, "work");
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

/** The random end of an id, as short as it may be: two of a thousand workers have the same one once in 150,000 stores. */
function shortName(id: string): string {
  const bits = Number.parseInt(id.slice(-12), 16);
  return (bits % 36 ** WORKER_ID_LENGTH).toString(36).padStart(WORKER_ID_LENGTH, "0");
}
