/** One process of the simulation: a Waymark of its own, with or without a worker, behind a gate and a bad network. */
import { silentLogger } from "../../src/core/logger.js";
import type { Store } from "../../src/core/store.js";
import { openWaymark, type Waymark, type WaymarkOptions } from "../../src/waymark.js";
import { type Faults, faultyStore, type Link } from "./faulty-store.js";
import { handlersFor, type Stage } from "./jobs.js";
import { Gate, ProcessClock, type SimClock } from "./sim-clock.js";
import type { Truth } from "./truth.js";

export interface Process extends Stage {
  readonly waymark: Waymark;
  readonly link: Link;
  /** The clock of the library alone; handlers and people have another, as their timers are their own affair. */
  readonly inner: ProcessClock;
}

export interface ProcessOptions {
  readonly name: string;
  readonly world: SimClock;
  readonly store: Store;
  readonly truth: Truth;
  readonly faults: Faults;
  readonly retention: NonNullable<WaymarkOptions["retention"]>;
}

export async function openProcess(options: ProcessOptions): Promise<Process> {
  const { name, world, truth, faults, retention } = options;
  const gate = new Gate(world);
  const inner = new ProcessClock(world, gate);
  const clock = new ProcessClock(world, gate);
  const link: Link = { isCut: false };
  const onFault = (call: string, fault: string): void => truth.note(name, `${call}: ${fault}`);
  const store = faultyStore(truth.in(name, options.store), { clock: world, gate, faults, link, onFault });
  const waymark = await openWaymark({ store, clock: inner, logger: silentLogger, retention });
  return { process: name, gate, world, clock, truth, waymark, link, inner };
}

export function startWork(process: Process): void {
  const { world } = process;
  process.waymark.work(handlersFor(process), {
    concurrency: world.whole(1, 4),
    prefetch: world.whole(0, 2),
    leaseMs: 10_000,
    pollMs: 5_000,
    sweepMs: 3_000,
    shutdownGraceMs: world.pick([0, 2_000, 10_000]),
  });
}
