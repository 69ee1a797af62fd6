/** T5 in PostgreSQL: leases are renewed, workers are seen, progress and log lines are written. */
import type * as contract from "../../core/store.js";
import { plain, texts } from "./arrays.js";
import { type Db, idsWhere, inRounds, isId, sorted } from "./db.js";
import type { Row } from "./driver.js";

/** Of a heartbeat; less would be impatient with a server that is but busy. */
const LEAST_BEAT_PATIENCE_MS = 1_000;

export async function extend(db: Db, { worker, leaseMs, leases }: contract.Heartbeat): Promise<contract.HoldAnswer[]> {
  const asked = sorted(leases.filter(({ jobId }) => isId(jobId)));
  // One after the other: whatever becomes of a heartbeat, it takes no more than one connection from claims and endings.
  const renewed = await renew(db, asked, leaseMs);
  if (worker !== null) await saveWorker(db, worker, leaseMs);
  if (renewed.length > 0) db.guard.leased(leaseMs, { monotonic: db.clock.monotonic() });
  return holdAnswers(leases, renewed);
}

async function renew(db: Db, asked: readonly contract.LeaseRef[], leaseMs: number): Promise<Row[]> {
  if (asked.length === 0) return [];
  const [ids, fences] = [plain(asked, ({ jobId }) => jobId), plain(asked, ({ fence }) => fence)];
  return db.run(db.sql.extend, [db.now(), ids, fences, leaseMs], true, beatPatienceMs(leaseMs));
}

function saveWorker(db: Db, worker: contract.WorkerFacts, leaseMs: number): Promise<unknown> {
  const { workerId, host, pid, kinds, queues, concurrency, running, accepting } = worker;
  const places = queues === null ? null : texts(queues, (queue) => queue);
  return db.run(
    db.sql.saveWorker,
    [db.now(), workerId, leaseMs, pid, concurrency, running, accepting, host, texts(kinds, (kind) => kind), places],
    true,
    beatPatienceMs(leaseMs),
  );
}

/** An answer that takes longer than half a lease comes too late, and the next heartbeat has been sent meanwhile. */
function beatPatienceMs(leaseMs: number): number {
  return Math.max(LEAST_BEAT_PATIENCE_MS, leaseMs / 2);
}

export async function report(db: Db, reports: readonly contract.Report[]): Promise<contract.HoldAnswer[]> {
  const answers = await inRounds(reports, (round) => reportRound(db, round));
  // Progress wakes watchers of this process only: elsewhere it is read by the clock.
  db.hints.tellHere({ waiting: false, jobs: idsWhere(reports, (i) => answers[i] !== "lost"), began: true });
  return answers;
}

/** Reports of different jobs, and no word to the listeners. */
export async function reportRound(db: Db, round: readonly contract.Report[]): Promise<contract.HoldAnswer[]> {
  const told = sorted(round.filter(({ jobId }) => isId(jobId)));
  const lines = told.flatMap(({ jobId, fence, logs = [] }) => logs.map((line) => ({ ...line, jobId, fence })));
  const has = (pick: (told: contract.Report) => unknown) =>
    plain(told, (item) => (pick(item) === undefined ? null : true));
  const rows = await db.run(db.sql.report, [
    db.now(),
    plain(told, ({ jobId }) => jobId),
    plain(told, ({ fence }) => fence),
    texts(told, ({ stage }) => stage),
    plain(told, ({ percent }) => percent),
    has(({ done }) => done),
    plain(told, ({ done }) => done),
    has(({ total }) => total),
    plain(told, ({ total }) => total),
    has(({ message }) => message),
    texts(told, ({ message }) => message),
    plain(told, (item) => (isProgress(item) ? true : null)),
    plain(lines, ({ jobId }) => jobId),
    plain(lines, ({ fence }) => fence),
    texts(lines, ({ message }) => message),
    texts(lines, ({ fields }) => fields),
  ]);
  return holdAnswers(round, rows);
}

/** Whether a report says anything of progress; log lines alone are none. */
function isProgress({ stage, percent, done, total, message }: contract.Report): boolean {
  return [stage, percent, done, total, message].some((part) => part !== undefined);
}

function holdAnswers(leases: readonly contract.LeaseRef[], rows: readonly Row[]): contract.HoldAnswer[] {
  const held = new Map(rows.map((row) => [`${row["job_id"]} ${row["fence"]}`, row["cancel"] === true]));
  return leases.map(({ jobId, fence }) => {
    const cancel = held.get(`${jobId.toLowerCase()} ${fence}`);
    return cancel === undefined ? "lost" : cancel ? "cancelRequested" : "held";
  });
}
