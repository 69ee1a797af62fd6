/** T5: what the holder of an attempt says while it runs. Each write carries the fence. */
import type { HoldAnswer, LeaseRef, Report, WorkerFacts } from "../../core/store.js";
import { BEAT, EXTEND, LOG, REPORT } from "./sql/hold.js";
import type { Transaction } from "./transaction.js";

/** Log lines kept of one job; the oldest stay, as they tell how it began. */
const LOG_LINES = 5_000;

export function beat({ connection, now }: Transaction, worker: WorkerFacts, leaseMs: number): void {
  connection.run(BEAT, {
    now,
    workerId: worker.workerId,
    host: worker.host,
    pid: worker.pid,
    kinds: JSON.stringify(worker.kinds),
    queues: worker.queues === null ? null : JSON.stringify(worker.queues),
    concurrency: worker.concurrency,
    running: worker.running,
    accepting: worker.accepting ? 1 : 0,
    leaseMs: Math.round(leaseMs),
  });
}

export function extend({ connection, now }: Transaction, { jobId, fence }: LeaseRef, leaseMs: number): HoldAnswer {
  const leaseExpiresAt = now + Math.round(leaseMs);
  return answerOf(connection.get<HeldRow>(EXTEND, { jobId, fence, leaseExpiresAt }));
}

export function report({ connection, now, touched }: Transaction, told: Report): HoldAnswer {
  const { jobId, fence, stage, percent, done, total, message, logs = [] } = told;
  const flags = {
    setsStage: stage === undefined ? 0 : 1,
    setsDone: done === undefined ? 0 : 1,
    setsTotal: total === undefined ? 0 : 1,
    setsMessage: message === undefined ? 0 : 1,
  };
  const setsAny = percent !== undefined || Object.values(flags).includes(1) ? 1 : 0;
  const row = connection.get<HeldRow & { at: number }>(REPORT, {
    ...flags,
    setsAny,
    jobId,
    fence,
    now,
    stage: stage ?? null,
    percent: percent ?? null,
    done: done ?? null,
    total: total ?? null,
    message: message ?? null,
  });
  if (row !== undefined) {
    touched.jobs.add(jobId);
    for (const line of logs) {
      connection.run(LOG, { jobId, fence, at: row.at, message: line.message, fields: line.fields, most: LOG_LINES });
    }
  }
  return answerOf(row);
}

interface HeldRow {
  readonly asked: number;
}

function answerOf(row: HeldRow | undefined): HoldAnswer {
  return row === undefined ? "lost" : row.asked === 1 ? "cancelRequested" : "held";
}
