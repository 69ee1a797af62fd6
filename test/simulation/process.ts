/**
 * One process of the simulation, behind a gate and a bad network: a Waymark of its own, with or without a worker, and the
 * door to the outside service. The door stands beside the Waymark, as it calls the service over the simulated network.
 */
import { createIdSource } from "../../src/core/id.js";
import { createJobEvents } from "../../src/core/job-events.js";
import { silentLogger } from "../../src/core/logger.js";
import type { Store } from "../../src/core/store.js";
import { createKindDirectory } from "../../src/kind-directory.js";
import type { HandleCallback } from "../../src/remote/callback.js";
import { prepareDoor } from "../../src/remote/door.js";
import { startWork as startDispatch } from "../../src/start-work.js";
import { openWaymark, type Waymark } from "../../src/waymark.js";
import { createLeaseKeeper } from "../../src/worker/lease-keeper.js";
import { faultyStore, type Link } from "./faulty-store.js";
import { handlersFor, type Stage } from "./jobs.js";
import { type OutsideService, REMOTE_KIND, serviceOptions } from "./service.js";
import type { Shape } from "./shape.js";
import { Gate, ProcessClock, type SimClock } from "./sim-clock.js";
import { LEASE_MS, SWEEP_MS, type Truth } from "./truth.js";
import { witness } from "./witness.js";

export interface Process extends Stage {
  readonly waymark: Waymark;
  readonly link: Link;
  /** The clock of the library alone; handlers and people have another, as their timers are their own affair. */
  readonly inner: ProcessClock;
  /** Takes what the outside service tells. */
  readonly callback: HandleCallback;
  /** Begins to work on every kind. */
  work(): void;
  close(): Promise<void>;
}

export interface ProcessOptions {
  readonly name: string;
  readonly world: SimClock;
  readonly store: Store;
  readonly truth: Truth;
  readonly shape: Shape;
  readonly service: OutsideService;
}

export async function openProcess(options: ProcessOptions): Promise<Process> {
  const { name, world, truth, service } = options;
  const { faults, retention, kinds } = options.shape;
  const gate = new Gate(world);
  const inner = new ProcessClock(world, gate);
  const clock = new ProcessClock(world, gate);
  const link: Link = { isCut: false };
  const onFault = (call: string, fault: string): void => truth.note(name, `${call}: ${fault}`);
  const store = faultyStore(witness(options.store, truth, name), { clock: world, gate, faults, link, onFault });
  const waymark = await openWaymark({ store, clock: inner, logger: silentLogger, retention });

  const { limits, redactor } = waymark;
  const runtime = { store, clock: inner, limits, redactor, events: createJobEvents(), newId: createIdSource(inner) };
  const prepared = prepareDoor(serviceOptions(truth), service.from({ gate, link }));
  const door = prepared(runtime, createKindDirectory(store, inner));
  const stage = { process: name, gate, world, clock, truth };
  let stopDispatch = async (): Promise<void> => {};

  return {
    ...stage,
    waymark,
    link,
    inner,
    callback: door.callback,
    work: () => {
      const howToWork = {
        concurrency: world.whole(1, 4),
        prefetch: world.whole(0, 2),
        leaseMs: LEASE_MS,
        pollMs: 5_000,
        sweepMs: SWEEP_MS,
        shutdownGraceMs: world.pick([0, 2_000, 10_000]),
      };
      waymark.work(handlersFor(stage), howToWork);
      if (!kinds.includes(REMOTE_KIND.kind)) return;
      const openKeeper = () => createLeaseKeeper({ ...runtime, leaseMs: LEASE_MS, worker: null, onTrouble: () => {} });
      stopDispatch = startDispatch({ runtime, openKeeper, door }, [REMOTE_KIND], howToWork, () => {}).stop;
    },
    close: async () => {
      await Promise.all([stopDispatch(), waymark.close()]);
    },
  };
}
