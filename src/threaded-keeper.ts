/**
 * A lease keeper in a thread of its own, with a store connection of its own: a handler that keeps the event loop busy
 * for minutes cannot stop its heartbeats. For stores that another thread can open; null for others, and when running
 * from sources, where the compiled thread is not there.
 *
 * A few leases are posted on a board that both threads see, and no message is sent (lease-board.ts); many travel together.
 *
 * When the thread's store has trouble, this thread asks its own: a lease is lost only when both have failed.
 *
 * The thread must not keep the leases of a process that will never do anything again. So it is told three times a lease
 * that the event loop turns; after ten leases of silence it lets go of those that have no time to give up of their own.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker as Thread } from "node:worker_threads";
import { type Clock, systemClock } from "./core/clock.js";
import type { Store, StoreAddress, WorkerFacts } from "./core/store.js";
import { leasePoster, newLeaseBoard, type PostedLease } from "./lease-board.js";
import type { LeaseLot } from "./lease-book.js";
import type { FromThread, ThreadSetup, ToThread } from "./thread-messages.js";
import type { HoldOptions, KeptLease, LeaseKeeper, LeaseNews } from "./worker/lease-keeper.js";
import type { Blocked } from "./worker/work-options.js";

export interface ThreadedKeeperOptions {
  readonly store: Store;
  readonly leaseMs: number;
  readonly worker: Omit<WorkerFacts, "running" | "accepting">;
  readonly blocked: Blocked;
  readonly onTrouble: (error: unknown) => void;
  /** Takes over, in this thread, when the other one has died. */
  readonly openSubstitute: () => LeaseKeeper;
}

/** What is used of a thread. */
export interface ThreadPort {
  on(event: "message", listener: (message: FromThread) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(event: "exit", listener: () => void): unknown;
  postMessage(message: ToThread): void;
  ref(): void;
  terminate(): Promise<unknown>;
}

/** When a lease is to be renewed no more. */
interface GiveUp {
  readonly inMs: number;
  readonly at: number;
}

/**
 * How long the thread may believe that a lease is held which was dropped, in ms. Renewing it does no harm, as the store
 * knows better; and each message wakes the thread up.
 */
const DROP_MS = 100;
/** Leases of one claim that are posted on the board, one by one; more travel as a lot. */
const POSTED = 4;
/** Asked for longer ago than this share of a lease, it is told: the thread may not look at the board for a third of one. */
const POSTED_AGE_SHARE = 0.1;
const THREAD_FILE = new URL("./lease-thread.js", import.meta.url);

export function openThreadedKeeper(options: ThreadedKeeperOptions): LeaseKeeper | null {
  const { store, leaseMs, worker, blocked, onTrouble } = options;
  if (store.address === null || !existsSync(fileURLToPath(THREAD_FILE))) return null;
  const board = newLeaseBoard();
  const setup: ThreadSetup = {
    url: store.address.url,
    options: threadOptions(store.address, leaseMs),
    leaseMs,
    worker,
    blocked,
    board,
  };
  const thread = new Thread(THREAD_FILE, { workerData: setup });
  thread.unref();
  // The thread needs a moment to load; until then a status would say that nobody works on this kind.
  void store.extend({ worker: { ...worker, running: 0, accepting: true }, leaseMs, leases: [] }).catch(onTrouble);
  return keeperOver(thread, board, options, systemClock);
}

/**
 * How the thread opens the store. Where statements go over a wire, and so have a time limit, with one connection more than
 * it needs and little patience: one flow that has gone silent costs one heartbeat and not all leases.
 */
export function threadOptions({ options }: StoreAddress, leaseMs: number): Readonly<Record<string, unknown>> {
  // The owner of the process has migrated already; the thread only trusts.
  const trusting = { ...options, migrate: "off" };
  const limitMs = options["statementTimeoutMs"];
  if (typeof limitMs !== "number") return trusting;
  const patienceMs = Math.max(1, Math.round(leaseMs / 3));
  return { ...trusting, maxConnections: 2, statementTimeoutMs: Math.min(limitMs, patienceMs) };
}

export function keeperOver(
  thread: ThreadPort,
  board: SharedArrayBuffer,
  options: Omit<ThreadedKeeperOptions, "blocked">,
  clock: Clock,
): LeaseKeeper {
  const { store, leaseMs, worker, onTrouble, openSubstitute } = options;
  /** Every lease held, by the number that both threads know it by. */
  const held = new Map<number, KeptLease>();
  /** Of those that are not to be renewed for as long as the process lives. */
  const giveUps = new Map<number, GiveUp>();
  const poster = leasePoster(board);
  /** Where those stand that are on the board, by number. */
  const places = new Map<number, number>();
  let lastNo = 0;
  /** What the thread was not told of yet: the first and the last number of each range. */
  let dropped: number[] = [];
  let disarmDrop: (() => void) | null = null;
  let substitute: LeaseKeeper | null = null;
  let stopped: Promise<void> | null = null;
  let onStopped = (): void => {};
  /** An extend of our own has no answer yet. */
  let helping = false;
  let saidIdle = false;
  let beatenAt = clock.monotonic();
  let disarm = (): void => {};

  const send = (message: ToThread): void => thread.postMessage(message);
  const holds = (lease: KeptLease): boolean => lease.leaseNo !== undefined && held.get(lease.leaseNo) === lease;
  const forget = (no: number): void => {
    held.delete(no);
    giveUps.delete(no);
    const place = places.get(no);
    if (place === undefined) return;
    places.delete(no);
    poster.remove(place);
  };
  const takeDropped = (): number[] => {
    const ranges = dropped;
    dropped = [];
    disarmDrop?.();
    disarmDrop = null;
    return ranges;
  };
  const dropSoon = (no: number): void => {
    disarmDrop ??= clock.after(DROP_MS, () => send({ type: "drop", ranges: takeDropped() }));
    // Jobs end mostly in the order they were claimed.
    if (dropped[dropped.length - 1] === no - 1) dropped[dropped.length - 1] = no;
    else dropped.push(no, no);
  };

  const news = (no: number, what: LeaseNews, presumed: boolean): void => {
    const lease = held.get(no);
    if (lease === undefined) return;
    if (what === "lost") forget(no);
    lease.tell(what, presumed);
  };

  /** @returns  whether they are on the board now, so that nothing has to be told */
  const post = (leases: readonly KeptLease[], { ageMs }: HoldOptions): boolean => {
    if (leases.length > POSTED || ageMs > leaseMs * POSTED_AGE_SHARE) return false;
    const askedAt = clock.monotonic() - ageMs;
    const posted: PostedLease[] = [];
    for (const { leaseNo, jobId, fence } of leases) {
      const giveUpAt = giveUps.get(leaseNo!)?.at ?? Number.POSITIVE_INFINITY;
      posted.push({ no: leaseNo!, jobId, fence, askedAt, giveUpAt });
    }
    const taken = poster.post(posted);
    if (taken === null) return false;
    for (let i = 0; i < taken.length; i++) places.set(posted[i]!.no, taken[i]!);
    return true;
  };

  const sayAlive = (): void => {
    send({ type: "alive", at: clock.monotonic() });
    disarm = clock.after(leaseMs / 3, sayAlive);
  };
  sayAlive();

  /**
   * One heartbeat from here, and one at a time: in a black hole each holds a connection that claims and endings need too.
   * It is no trouble of its own when it fails: the thread has told of it, and tries again.
   */
  const help = async (): Promise<void> => {
    const askedAt = clock.monotonic();
    const asked = [...held].filter(([no]) => (giveUps.get(no)?.at ?? Number.POSITIVE_INFINITY) > askedAt);
    if (stopped !== null || asked.length === 0 || helping) return;
    helping = true;
    try {
      const facts = { ...worker, running: held.size, accepting: true };
      const leases = asked.map(([, { jobId, fence }]) => ({ jobId, fence }));
      const answers = await store.extend({ worker: facts, leaseMs, leases });
      beatenAt = clock.monotonic();
      const ageMs = beatenAt - askedAt;
      const nosWhere = (isLost: boolean): number[] =>
        asked.filter((_, i) => (answers[i] === "lost") === isLost).map(([no]) => no);
      send({ type: "renewed", nos: nosWhere(false), ageMs });
      send({ type: "drop", ranges: nosWhere(true).flatMap((no) => [no, no]) });
      asked.forEach(([no], i) => {
        const answer = answers[i]!;
        if (answer !== "held") news(no, answer, false);
      });
    } catch {
      // Then both have failed.
    } finally {
      helping = false;
    }
  };

  thread.on("message", (message) => {
    switch (message.type) {
      case "news":
        return news(message.no, message.news, message.presumed);
      case "beaten":
        beatenAt = clock.monotonic();
        return;
      case "trouble":
        onTrouble(new Error(message.message));
        return void help();
      case "stopped":
        return onStopped();
    }
  });
  thread.on("error", onTrouble);
  thread.on("exit", () => {
    disarm();
    takeDropped();
    onStopped();
    if (stopped !== null) return;
    substitute = openSubstitute();
    // The thread renewed a third of a lease ago at most, as far as we know.
    const ageMs = leaseMs / 3;
    for (const [no, lease] of held) substitute.hold([lease], { giveUpInMs: giveUps.get(no)?.inMs ?? null, ageMs });
  });

  const endThread = async (): Promise<void> => {
    disarm();
    await new Promise<void>((resolve) => {
      onStopped = resolve;
      thread.ref();
      send({ type: "drop", ranges: takeDropped() });
      send({ type: "stop" });
    });
    await thread.terminate();
  };

  return {
    get silentMs() {
      return substitute?.silentMs ?? clock.monotonic() - beatenAt;
    },
    hold: (leases, options) => {
      const firstNo = lastNo + 1;
      const fresh: KeptLease[] = [];
      for (const lease of leases) {
        if (holds(lease)) continue;
        lease.leaseNo = ++lastNo;
        held.set(lastNo, lease);
        fresh.push(lease);
      }
      const { giveUpInMs } = options;
      if (giveUpInMs !== null) {
        const giveUp = { inMs: giveUpInMs, at: clock.monotonic() + giveUpInMs };
        for (const { leaseNo } of leases) giveUps.set(leaseNo!, giveUp);
      }
      if (substitute !== null) return substitute.hold(leases, options);
      if (fresh.length > 0 && !post(fresh, options)) {
        send({ type: "hold", lot: lotOf(firstNo, fresh), options, dropped: takeDropped() });
      }
      if (fresh.length === leases.length) return;
      const known = leases.map(({ leaseNo }) => leaseNo!).filter((no) => no < firstNo);
      const at = giveUpInMs === null ? Number.POSITIVE_INFINITY : clock.monotonic() + giveUpInMs;
      const told = known.filter((no) => {
        const place = places.get(no);
        if (place !== undefined) poster.giveUp(place, at);
        return place === undefined;
      });
      if (told.length > 0) send({ type: "giveUp", nos: told, giveUpInMs });
    },
    drop: (lease) => {
      if (!holds(lease)) return;
      const no = lease.leaseNo!;
      const isPosted = places.has(no);
      forget(no);
      if (substitute !== null) return substitute.drop(lease);
      if (!isPosted) dropSoon(no);
    },
    beatSoon: () => {
      if (substitute === null) send({ type: "beatSoon" });
      else substitute.beatSoon();
    },
    idle: () => {
      if (!saidIdle && substitute === null) send({ type: "idle" });
      saidIdle = true;
    },
    renewed: (lease, ageMs) => {
      if (substitute !== null) substitute.renewed(lease, ageMs);
      else if (holds(lease)) send({ type: "renewed", nos: [lease.leaseNo!], ageMs });
    },
    stop: () => {
      stopped ??= substitute?.stop() ?? endThread();
      return stopped;
    },
  };
}

function lotOf(firstNo: number, leases: readonly KeptLease[]): LeaseLot {
  const fence = leases[0]!.fence;
  return {
    firstNo,
    jobIds: leases.map(({ jobId }) => jobId).join("\n"),
    // Most jobs are claimed once: a number is less to hand over than a list.
    fences: leases.every((lease) => lease.fence === fence) ? fence : leases.map((lease) => lease.fence),
  };
}
