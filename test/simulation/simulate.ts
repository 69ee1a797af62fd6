/** One run of the simulation: a world made of one seed, its disasters, and what must hold afterwards. */
import { createHash } from "node:crypto";
import { memoryStore } from "../../src/stores/memory/store.js";
import { audit, closeAll, endAll } from "./aftermath.js";
import { type Scenery, strike } from "./disasters.js";
import { openProcess, type Process } from "./process.js";
import { createOutsideService } from "./service.js";
import { drawShape, type Shape } from "./shape.js";
import { SimClock } from "./sim-clock.js";
import { SWEEP_MS, Truth } from "./truth.js";
import { actLikeUser, type Ledger } from "./user.js";

export interface SimulationResult {
  /** Of everything that happened, with the times. The same seed gives the same. */
  readonly hash: string;
  /** One each, with how to see it again and the timeline of the job it is about. */
  readonly violations: readonly string[];
  /** Everything that happened, a line each. */
  readonly trace: readonly string[];
}

/** By then every call that was under way has arrived. */
const STRAY_MS = 15_000;

export async function simulate(seed: number): Promise<SimulationResult> {
  // Errors are everyday here, and nobody reads where they came from.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const truth = await liveThrough(seed);
    const hash = createHash("sha256");
    for (const { text } of truth.lines) hash.update(text).update("\n");
    const replay = `replay: npm run simulate -- --from ${seed} --seeds 1`;
    return {
      hash: hash.digest("hex"),
      violations: truth.violations.map(
        ({ jobId, message }) => `seed ${seed}: ${message}\n  ${replay}\n${timeline(truth, jobId)}`,
      ),
      trace: truth.lines.map(({ text }) => text),
    };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function liveThrough(seed: number): Promise<Truth> {
  const clock = new SimClock("2030-01-01T00:00:00.000Z", seed);
  const truth = new Truth(clock);
  const store = memoryStore({ clock });
  const shape = drawShape(clock);
  const { faults } = shape;
  truth.isCalm = shape.isCalm;
  truth.sweepMs = isAttended(shape) ? SWEEP_MS : null;
  const workers: Process[] = [];
  const service = createOutsideService({ world: clock, truth, faults, doors: () => workers });
  let opened = 0;
  const open = (): Promise<Process> => {
    const name = opened === 0 ? "user" : `w${opened}`;
    opened++;
    return openProcess({ name, world: clock, store, truth, shape, service });
  };
  const startWorker = async (): Promise<Process> => {
    const process = await open();
    process.work();
    return process;
  };

  const user = await open();
  while (workers.length < shape.workers) workers.push(await startWorker());
  const ledger: Ledger = { acknowledged: new Set(), watched: [] };
  const scenery: Scenery = { clock, truth, workers, leaving: [], jumps: 0, startWorker };

  // The bad times.
  const events = shape.actions + shape.disasters;
  for (let left = events; left > 0; left--) {
    await clock.advance(clock.between(0, 5_000));
    if (clock.random() * events < shape.disasters) await strike(clock.pick(shape.disasterKinds), scenery);
    else actLikeUser(user, ledger, shape);
  }

  // The faults stop.
  truth.note("world", "is well again");
  faults.active = false;
  const all = [...workers, ...scenery.leaving];
  for (const process of all) {
    process.gate.resume();
    process.link.isCut = false;
  }
  const healer = await startWorker();
  workers.push(healer);
  // A pause may still be on its way.
  await clock.advance(STRAY_MS);
  await store.resumeQueue("default", "ann");
  await endAll(store, clock, truth);
  await closeAll([...all, healer, user], clock, truth);
  const purged = (await store.tombstones(null, 1)).length > 0;
  const noted = { acknowledged: ledger.acknowledged, sent: truth.jobs.keys() };
  await audit(store, truth, { ledger: noted, checkLimits: scenery.jumps === 0 && !purged });
  for (const watching of ledger.watched) if (watching.problem !== null) truth.violate(watching.jobId, watching.problem);
  return truth;
}

/** Whether somebody who can rescue is always there: no faults, no pause, no cut, no jump. */
function isAttended({ faults, disasterKinds }: Shape): boolean {
  return faults.fails === 0 && disasterKinds.every((kind) => kind === "crash" || kind === "stop");
}

/** What happened to one job, and around it. */
function timeline(truth: Truth, jobId: string | null): string {
  const isWorldly = (text: string): boolean =>
    / (crash|pause|resume|cut|mended|stop|jump .*|is well again|extend: .*)$/.test(text);
  const lines = truth.lines.filter(({ jobs, text }) => (jobId !== null && jobs.includes(jobId)) || isWorldly(text));
  return lines.map(({ text }) => `    ${text}`).join("\n");
}
