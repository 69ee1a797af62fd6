/**
 * A lease keeper in a thread of its own, with a store connection of its own: a handler that keeps the event loop busy
 * for minutes cannot stop its heartbeats. For stores that another thread can open; null for others, and when running
 * from sources, where the compiled thread is not there.
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
import type { LeaseRef, Store, StoreAddress, WorkerFacts } from "./core/store.js";
import type { FromThread, ThreadSetup, ToThread } from "./thread-messages.js";
import type { HoldOptions, LeaseKeeper, TellNews } from "./worker/lease-keeper.js";
import { leaseKey } from "./worker/lease-key.js";
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

interface Held {
  readonly lease: LeaseRef;
  readonly options: HoldOptions;
  readonly giveUpAt: number;
  readonly tell: TellNews;
}

const THREAD_FILE = new URL("./lease-thread.js", import.meta.url);

export function openThreadedKeeper(options: ThreadedKeeperOptions): LeaseKeeper | null {
  const { store, leaseMs, worker, blocked, onTrouble } = options;
  if (store.address === null || !existsSync(fileURLToPath(THREAD_FILE))) return null;
  const setup: ThreadSetup = {
    url: store.address.url,
    options: threadOptions(store.address, leaseMs),
    leaseMs,
    worker,
    blocked,
  };
  const thread = new Thread(THREAD_FILE, { workerData: setup });
  thread.unref();
  // The thread needs a moment to load; until then a status would say that nobody works on this kind.
  void store.extend({ worker: { ...worker, running: 0, accepting: true }, leaseMs, leases: [] }).catch(onTrouble);
  return keeperOver(thread, options, systemClock);
}

/**
 * How the thread opens the store. With one connection more than it needs, and little patience with a statement, one flow
 * that has gone silent costs one heartbeat and not all leases.
 */
export function threadOptions({ options }: StoreAddress, leaseMs: number): Readonly<Record<string, unknown>> {
  const asked = options["statementTimeoutMs"];
  const patienceMs = Math.max(1, Math.round(leaseMs / 3));
  return {
    ...options,
    // The owner of the process has migrated already; the thread only trusts.
    migrate: "off",
    maxConnections: 2,
    statementTimeoutMs: typeof asked === "number" ? Math.min(asked, patienceMs) : patienceMs,
  };
}

export function keeperOver(
  thread: ThreadPort,
  options: Omit<ThreadedKeeperOptions, "blocked">,
  clock: Clock,
): LeaseKeeper {
  const { store, leaseMs, worker, onTrouble, openSubstitute } = options;
  const held = new Map<string, Held>();
  let substitute: LeaseKeeper | null = null;
  let stopped: Promise<void> | null = null;
  let onStopped = (): void => {};
  /** When the newest extend of our own was asked for, while it has no answer. */
  let helpingSince: number | null = null;
  let beatenAt = clock.monotonic();
  let disarm = (): void => {};

  const send = (message: ToThread): void => thread.postMessage(message);
  const news = (lease: LeaseRef, what: Parameters<TellNews>[0], presumed: boolean): void => {
    const one = held.get(leaseKey(lease));
    if (what === "lost") held.delete(leaseKey(lease));
    one?.tell(what, presumed);
  };

  const sayAlive = (): void => {
    disarm = clock.after(leaseMs / 3, () => {
      send({ type: "alive" });
      sayAlive();
    });
  };
  sayAlive();

  /** One heartbeat from here. It is no trouble of its own when it fails: the thread has told of it, and tries again. */
  const help = async (): Promise<void> => {
    const askedAt = clock.monotonic();
    const leases = [...held.values()].filter(({ giveUpAt }) => giveUpAt > askedAt).map(({ lease }) => lease);
    const waiting = helpingSince !== null && askedAt - helpingSince < leaseMs / 3;
    if (stopped !== null || leases.length === 0 || waiting) return;
    helpingSince = askedAt;
    try {
      const facts = { ...worker, running: held.size, accepting: true };
      const answers = await store.extend({ worker: facts, leaseMs, leases });
      beatenAt = clock.monotonic();
      const ageMs = beatenAt - askedAt;
      send({ type: "renewed", leases: leases.filter((_, i) => answers[i] !== "lost"), ageMs });
      leases.forEach((lease, i) => {
        const answer = answers[i]!;
        if (answer === "lost") send({ type: "drop", lease });
        if (answer !== "held") news(lease, answer, false);
      });
    } catch {
      // Then both have failed.
    } finally {
      if (helpingSince === askedAt) helpingSince = null;
    }
  };

  thread.on("message", (message) => {
    switch (message.type) {
      case "news":
        return news(message.lease, message.news, message.presumed);
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
    onStopped();
    if (stopped !== null) return;
    substitute = openSubstitute();
    // The thread renewed a third of a lease ago at most, as far as we know.
    const ageMs = leaseMs / 3;
    for (const { lease, options, tell } of held.values()) substitute.hold(lease, { ...options, ageMs }, tell);
  });

  const endThread = async (): Promise<void> => {
    disarm();
    await new Promise<void>((resolve) => {
      onStopped = resolve;
      thread.ref();
      send({ type: "stop" });
    });
    await thread.terminate();
  };

  return {
    get silentMs() {
      return substitute?.silentMs ?? clock.monotonic() - beatenAt;
    },
    hold: ({ jobId, fence }, options, tell) => {
      const lease = { jobId, fence };
      const giveUpAt = clock.monotonic() + (options.giveUpInMs ?? Number.POSITIVE_INFINITY);
      held.set(leaseKey(lease), { lease, options, giveUpAt, tell });
      if (substitute === null) send({ type: "hold", lease, options });
      else substitute.hold(lease, options, tell);
    },
    drop: ({ jobId, fence }) => {
      const lease = { jobId, fence };
      held.delete(leaseKey(lease));
      if (substitute === null) send({ type: "drop", lease });
      else substitute.drop(lease);
    },
    beatSoon: () => {
      if (substitute === null) send({ type: "beatSoon" });
      else substitute.beatSoon();
    },
    renewed: ({ jobId, fence }, ageMs) => {
      if (substitute === null) send({ type: "renewed", leases: [{ jobId, fence }], ageMs });
      else substitute.renewed({ jobId, fence }, ageMs);
    },
    stop: () => {
      stopped ??= substitute?.stop() ?? endThread();
      return stopped;
    },
  };
}
