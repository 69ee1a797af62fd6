/** What stands around the jobs: queues and their pauses, workers, kinds, log lines. */
import type { KindFacts, QueueFacts, StoredLogLine, WorkerRecord } from "../../core/store.js";
import type { Connection } from "./connection.js";
import { kindFacts, logLine, queueFacts, type WorkerRow, workerRecord } from "./rows.js";
import { KINDS, LOGS, PAUSE_QUEUE, QUEUES, RESUME_QUEUE, SAVE_KIND, WORKERS } from "./sql/directory.js";
import type { Transaction } from "./transaction.js";

const DAY_MS = 86_400_000;

export function logs(connection: Connection, jobId: string): StoredLogLine[] {
  return connection.all<Parameters<typeof logLine>[0]>(LOGS, { jobId }).map(logLine);
}

export function pauseQueue({ connection, now }: Transaction, queue: string, actor: string): void {
  connection.run(PAUSE_QUEUE, { queue, actor, now });
}

export function resumeQueue({ connection, touched }: Transaction, queue: string): void {
  connection.run(RESUME_QUEUE, { queue });
  touched.waiting = true;
}

export function queues(connection: Connection): QueueFacts[] {
  return connection.all<Parameters<typeof queueFacts>[0]>(QUEUES).map(queueFacts);
}

/** Heard from within the last day. */
export function workers(connection: Connection, now: number): WorkerRecord[] {
  return connection.all<WorkerRow>(WORKERS, { since: now - DAY_MS }).map(workerRecord);
}

export function saveKinds({ connection }: Transaction, kinds: readonly KindFacts[]): void {
  for (const { kind, stages, targetMs } of kinds) {
    connection.run(SAVE_KIND, { kind, stages: JSON.stringify(stages), targetMs });
  }
}

export function savedKinds(connection: Connection): KindFacts[] {
  return connection.all<Parameters<typeof kindFacts>[0]>(KINDS).map(kindFacts);
}
