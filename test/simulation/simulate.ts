/** One run of the simulation: a world made of one seed, its disasters, and what must hold afterwards. */
import { createHash } from "node:crypto";
import type { AuditOptions } from "../../src/core/audit.js";
import { createAuditor } from "../../src/core/audit.js";
import { isTerminalStatus } from "../../src/core/lifecycle.js";
import type { Store } from "../../src/core/store.js";
import { exportStore } from "../../src/export.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import type { WaymarkOptions } from "../../src/waymark.js";
import type { Faults } from "./faulty-store.js";
import { openProcess, type Process, startWork } from "./process.js";
import { SimClock } from "./sim-clock.js";
import { Truth } from "./truth.js";
import { actLikeUser, type Ledger } from "./user.js";

export interface SimulationResult {
  /** Of everything that happened, with the times. The same seed gives the same. */
  readonly hash: string;
  /** One line each, with the timeline of the job it is about. */
  readonly violations: readonly string[];
}

/** After the faults have stopped, every job ends within this. */
const PATIENCE_MS = 1_800_000;
const MINUTE_MS = 60_000;
const MISHAPS = ["jump", "stop"] as const;
const DISASTERS = [...MISHAPS, "crash", "pause", "pause", "cut", "cut"] as const;
/** By then every call that was under way has arrived. */
const STRAY_MS = 15_000;

export async function simulate(seed: number): Promise<SimulationResult> {
  // Errors are everyday here, and nobody reads where they came from.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await liveThrough(seed);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function liveThrough(seed: number): Promise<SimulationResult> {
  const clock = new SimClock("2030-01-01T00:00:00.000Z", seed);
  const truth = new Truth(clock);
  const store = memoryStore({ clock });
  const severity = clock.pick([0, 0.3, 1]);
  truth.isCalm = severity === 0 && clock.chance(0.5);
  const faults: Faults = {
    active: true,
    fails: 0.1 * severity,
    answerLost: 0.06 * severity,
    twice: 0.06 * severity,
    late: 0.3 * severity,
    latestMs: clock.pick([20, 500, 3_000]),
    driverTimeoutMs: clock.pick([100, 2_000, 12_000]),
  };
  const retention: NonNullable<WaymarkOptions["retention"]> = clock.chance(0.3) ? { default: "30s", every: "10s" } : {};
  let opened = 0;
  const open = (): Promise<Process> => {
    const name = opened === 0 ? "user" : `w${opened}`;
    opened++;
    return openProcess({ name, world: clock, store, truth, faults, retention });
  };

  const user = await open();
  const workers = [await open(), await open(), await open()];
  for (const worker of workers) startWork(worker);
  const ledger: Ledger = { acknowledged: new Set(), watched: [] };
  let jumps = 0;

  const disaster = async (): Promise<void> => {
    const victim = clock.pick(workers);
    const kind = clock.pick(truth.isCalm ? MISHAPS : DISASTERS);
    if (kind !== "jump") truth.note(victim.process, kind);
    if (kind === "crash") victim.gate.crash();
    if (kind === "stop") void victim.waymark.close();
    if (kind === "pause") {
      victim.gate.pause();
      clock.after(clock.between(10, 40_000), () => {
        truth.note(victim.process, "resume");
        victim.gate.resume();
      });
      return;
    }
    if (kind === "cut") {
      victim.link.isCut = true;
      clock.after(clock.between(1_000, 30_000), () => {
        truth.note(victim.process, "mended");
        victim.link.isCut = false;
      });
      return;
    }
    if (kind === "jump") {
      const ms = clock.pick([-1, 1]) * clock.between(1_100, 2 * MINUTE_MS);
      truth.note("clock", `jump by ${ms.toFixed(0)} ms`);
      clock.jump(Math.round(ms));
      jumps++;
    }
    if (kind !== "crash" && kind !== "stop") return;
    const successor = await open();
    startWork(successor);
    workers[workers.indexOf(victim)] = successor;
    if (kind === "stop") leaving.push(victim);
  };
  const leaving: Process[] = [];

  // The bad times.
  const actions = clock.whole(15, 40);
  const disasters = severity === 0 ? clock.whole(0, 2) : clock.whole(1, 8);
  for (let left = actions + disasters; left > 0; left--) {
    await clock.advance(clock.between(0, 5_000));
    if (clock.random() * (actions + disasters) < disasters) await disaster();
    else actLikeUser(user, ledger);
  }

  // The faults stop.
  truth.note("world", "is well again");
  faults.active = false;
  for (const process of [...workers, ...leaving]) {
    process.gate.resume();
    process.link.isCut = false;
  }
  const healer = await open();
  workers.push(healer);
  startWork(healer);
  // A pause may still be on its way.
  await clock.advance(STRAY_MS);
  await store.resumeQueue("default", "ann");
  await endAll(store, clock, truth);
  await closeAll([...workers, ...leaving, user], clock, truth);
  const purged = (await store.tombstones(null, 1)).length > 0;
  const noted = { acknowledged: ledger.acknowledged, sent: truth.jobs.keys() };
  await audit(store, truth, { ledger: noted, checkLimits: jumps === 0 && !purged });
  for (const watching of ledger.watched) if (watching.problem !== null) truth.violate(watching.jobId, watching.problem);

  const hash = createHash("sha256");
  for (const { text } of truth.lines) hash.update(text).update("\n");
  return {
    hash: hash.digest("hex"),
    violations: truth.violations.map(({ jobId, message }) => `seed ${seed}: ${message}\n${timeline(truth, jobId)}`),
  };
}

/** L1: every job ends. */
async function endAll(store: Store, clock: SimClock, truth: Truth): Promise<void> {
  for (const end = clock.monotonic() + PATIENCE_MS; clock.monotonic() < end; ) {
    await clock.advance(5_000);
    const counts = await store.counts({});
    if (counts.scheduled + counts.pending + counts.retrying + counts.processing === 0) return;
  }
  for (const job of await store.list({ limit: 200 })) {
    if (!isTerminalStatus(job.status)) truth.violate(job.jobId, `it is still ${job.status} (L1)`);
  }
}

/** Processes stop when they are asked to, and leave nothing behind. */
async function closeAll(processes: readonly Process[], clock: SimClock, truth: Truth): Promise<void> {
  const open = new Set(processes);
  for (const process of processes) {
    void process.waymark.close().then(
      () => open.delete(process),
      (error: unknown) => truth.violate(null, `${process.process} closed with ${String(error)}`),
    );
  }
  for (const end = clock.monotonic() + MINUTE_MS; open.size > 0 && clock.monotonic() < end; )
    await clock.advance(1_000);
  for (const { process } of open) truth.violate(null, `${process} does not close`);
  for (const process of processes) {
    if (process.inner.waiting > 0)
      truth.violate(null, `${process.process} left ${process.inner.waiting} timers behind`);
  }
}

async function audit(store: Store, truth: Truth, options: AuditOptions): Promise<void> {
  const auditor = createAuditor({ leaseGraceMs: 0, ...options });
  for await (const line of exportStore(store)) auditor.feed(line);
  for (const { invariant, jobId, message } of auditor.finish()) truth.violate(jobId, `${message} (${invariant})`);
}

/** What happened to one job, and around it. */
function timeline(truth: Truth, jobId: string | null): string {
  const isWorldly = (text: string): boolean =>
    / (crash|pause|resume|cut|mended|stop|jump .*|is well again|extend: .*)$/.test(text);
  const lines = truth.lines.filter(({ jobs, text }) => (jobId !== null && jobs.includes(jobId)) || isWorldly(text));
  return lines.map(({ text }) => `    ${text}`).join("\n");
}
