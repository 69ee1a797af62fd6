/** What goes wrong with whole processes and with the clock. A process that is gone has a successor at once. */
import type { Process } from "./process.js";
import type { SimClock } from "./sim-clock.js";
import type { Truth } from "./truth.js";

export type Disaster = "jump" | "stop" | "crash" | "pause" | "cut";
/** After these no lease is lost. */
export const MISHAPS: readonly Disaster[] = ["jump", "stop"];
export const DISASTERS: readonly Disaster[] = [...MISHAPS, "crash", "pause", "cut"];

const LONGEST_JUMP_MS = 120_000;

export interface Scenery {
  readonly clock: SimClock;
  readonly truth: Truth;
  /** Those at work now. */
  readonly workers: Process[];
  /** Those that were asked to stop. */
  readonly leaving: Process[];
  /** How often the clock jumped so far. */
  jumps: number;
  startWorker(): Promise<Process>;
}

export async function strike(kind: Disaster, scenery: Scenery): Promise<void> {
  const { clock, truth, workers, leaving } = scenery;
  const victim = clock.pick(workers);
  const replace = async (): Promise<void> => {
    truth.bereftAt = clock.monotonic();
    workers[workers.indexOf(victim)] = await scenery.startWorker();
  };
  if (kind !== "jump") truth.note(victim.process, kind);
  switch (kind) {
    case "crash":
      victim.gate.crash();
      return replace();
    case "stop":
      void victim.close();
      leaving.push(victim);
      return replace();
    case "pause":
      victim.gate.pause();
      clock.after(clock.between(10, 40_000), () => {
        truth.note(victim.process, "resume");
        victim.gate.resume();
      });
      return;
    case "cut":
      victim.link.isCut = true;
      clock.after(clock.between(1_000, 30_000), () => {
        truth.note(victim.process, "mended");
        victim.link.isCut = false;
      });
      return;
    case "jump": {
      const ms = clock.pick([-1, 1]) * clock.between(1_100, LONGEST_JUMP_MS);
      truth.note("clock", `jump by ${ms.toFixed(0)} ms`);
      clock.jump(Math.round(ms));
      scenery.jumps++;
    }
  }
}
