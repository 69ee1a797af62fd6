/** What outside services tell: each id is applied once, in the transaction that stores it. */
import { isStale, overReason, refusedCallback, settledCallback } from "../../core/callback-rules.js";
import { endingOf } from "../../core/settle-rules.js";
import type { CallbackAnswer, CallbackRecord, CallbackRequest } from "../../core/store.js";
import type { Connection } from "./connection.js";
import { trailOf } from "./events.js";
import { extend, report } from "./hold.js";
import type { JobRow } from "./rows.js";
import { settle } from "./settle.js";
import { ADD_CALLBACK, CALLBACK_KNOWN, CALLBACKS } from "./sql/callbacks.js";
import { READ_ONE } from "./sql/reading.js";
import type { Transaction } from "./transaction.js";

export function callback(tx: Transaction, request: CallbackRequest): CallbackAnswer {
  const { connection, touched } = tx;
  const { jobId, fence, id, seq, effect } = request;
  const job = connection.get<JobRow>(READ_ONE.status, { jobId });
  if (job === undefined) return refusedCallback("unknown", null);
  const known = connection.get<{ is_known: number; last_seq: number | null }>(CALLBACK_KNOWN, { jobId, fence, id })!;
  if (known.is_known === 1) return refusedCallback("duplicate", job.status);
  if (job.status !== "processing" || job.fence !== fence) {
    const reason = overReason(request, { fence: job.fence, ending: endingOf(trailOf(tx, job), fence) });
    // Told otherwise than before, it leaves a remark.
    if (reason === "ended" && effect.type === "settle") settle(tx, { jobId, fence, outcome: effect.outcome });
    return refusedCallback(reason, job.status);
  }
  if (isStale(request, known.last_seq)) return refusedCallback("stale", job.status);
  if (effect.type === "settle") {
    const answer = settledCallback(settle(tx, { jobId, fence, outcome: effect.outcome }));
    if (answer.applied) connection.run(ADD_CALLBACK, { jobId, id, fence, seq });
    return answer;
  }
  if (effect.type === "progress") report(tx, { ...effect.report, jobId, fence });
  extend(tx, { jobId, fence }, request.leaseMs);
  connection.run(ADD_CALLBACK, { jobId, id, fence, seq });
  touched.jobs.add(jobId);
  return { applied: true, status: job.status };
}

export function callbacks(connection: Connection, jobIds: readonly string[]): CallbackRecord[][] {
  const byJob = new Map<string, CallbackRecord[]>();
  const rows = connection.all<{ job_id: string; id: string; fence: number; seq: number }>(CALLBACKS, {
    jobIds: JSON.stringify([...new Set(jobIds)]),
  });
  for (const { job_id: jobId, fence, seq, id } of rows) {
    const own = byJob.get(jobId) ?? [];
    own.push({ jobId, fence, seq, id });
    byJob.set(jobId, own);
  }
  return jobIds.map((jobId) => byJob.get(jobId)?.map((one) => ({ ...one })) ?? []);
}
