/** What must hold when the faults have stopped: every job ends, every process closes, and the whole export is sound. */
import { type AuditOptions, createAuditor } from "../../src/core/audit.js";
import { isTerminalStatus } from "../../src/core/lifecycle.js";
import type { Store } from "../../src/core/store.js";
import { exportStore } from "../../src/export.js";
import type { Process } from "./process.js";
import type { SimClock } from "./sim-clock.js";
import type { Truth } from "./truth.js";

/** After the faults have stopped, every job ends within this. */
const PATIENCE_MS = 1_800_000;
const STEP_MS = 5_000;
/** A process that was asked to close has closed by then. */
const CLOSED_MS = 60_000;

/** L1: every job ends. */
export async function endAll(store: Store, clock: SimClock, truth: Truth): Promise<void> {
  for (const end = clock.monotonic() + PATIENCE_MS; clock.monotonic() < end; ) {
    await clock.advance(STEP_MS);
    const counts = await store.counts({});
    if (counts.scheduled + counts.pending + counts.retrying + counts.processing === 0) return;
  }
  for (const job of await store.list({ limit: 200 })) {
    if (!isTerminalStatus(job.status)) truth.violate(job.jobId, `it is still ${job.status} (L1)`);
  }
}

/** Processes stop when they are asked to, and leave nothing behind. */
export async function closeAll(processes: readonly Process[], clock: SimClock, truth: Truth): Promise<void> {
  const open = new Set(processes);
  for (const process of processes) {
    void process.close().then(
      () => open.delete(process),
      (error: unknown) => truth.violate(null, `${process.process} closed with ${String(error)}`),
    );
  }
  for (const end = clock.monotonic() + CLOSED_MS; open.size > 0 && clock.monotonic() < end; )
    await clock.advance(1_000);
  for (const { process } of open) truth.violate(null, `${process} does not close`);
  for (const process of processes) {
    if (process.inner.waiting > 0)
      truth.violate(null, `${process.process} left ${process.inner.waiting} timers behind`);
  }
}

/** I1–I30 as far as an export shows them, and that what the outside service was told to be recorded is. */
export async function audit(store: Store, truth: Truth, options: AuditOptions): Promise<void> {
  const auditor = createAuditor({ leaseGraceMs: 0, ...options });
  const [jobs, callbacks] = [new Set<string>(), new Set<string>()];
  for await (const line of exportStore(store)) {
    auditor.feed(line);
    if (line.type === "job") jobs.add(line.jobId);
    if (line.type === "callback") callbacks.add(`${line.jobId}/${line.id}`);
  }
  for (const { invariant, jobId, message } of auditor.finish()) truth.violate(jobId, `${message} (${invariant})`);
  for (const { jobId, id } of truth.acknowledged) {
    const isKept = !jobs.has(jobId) || callbacks.has(`${jobId}/${id}`);
    if (!isKept) truth.violate(jobId, `callback ${id} was answered as applied, and nothing tells of it (I25)`);
  }
}
