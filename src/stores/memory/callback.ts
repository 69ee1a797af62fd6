/** What outside services tell, in memory: each id is applied once, by the rules of report, extend and settle. */
import { isStale, overReason, refusedCallback, settledCallback } from "../../core/callback-rules.js";
import { endingOf } from "../../core/settle-rules.js";
import type { CallbackAnswer, CallbackRecord, CallbackRequest } from "../../core/store.js";
import { extend, report, settle } from "./attempts.js";
import { extrasOf, trailOf } from "./row.js";
import type { State } from "./state.js";

export function callback(state: State, request: CallbackRequest): CallbackAnswer {
  const { jobId, fence, id, seq, effect } = request;
  const row = state.find(jobId);
  if (row === undefined) return refusedCallback("unknown", null);
  if (row.extras.callbacks?.some((known) => known.id === id)) return refusedCallback("duplicate", row.status);
  if (row.status !== "processing" || row.fence !== fence) {
    const reason = overReason(request, { fence: row.fence, ending: endingOf(trailOf(row), fence) });
    // Told otherwise than before, it leaves a remark.
    if (reason === "ended" && effect.type === "settle")
      settle(state, { jobId, fence, outcome: effect.outcome }, state.clock.now());
    return refusedCallback(reason, row.status);
  }
  const extras = extrasOf(row);
  extras.callbacks ??= [];
  const ofFence = extras.callbacks.filter((known) => known.fence === fence);
  if (isStale(request, ofFence.at(-1)?.seq ?? null)) return refusedCallback("stale", row.status);
  if (effect.type === "settle") {
    const answer = settledCallback(settle(state, { jobId, fence, outcome: effect.outcome }, state.clock.now()));
    if (answer.applied) extras.callbacks.push({ jobId, fence, seq, id });
    return answer;
  }
  if (effect.type === "progress") report(state, { ...effect.report, jobId, fence });
  extend(state, { jobId, fence }, request.leaseMs);
  extras.callbacks.push({ jobId, fence, seq, id });
  return { applied: true, status: row.status };
}

export function callbacks(state: State, jobId: string): CallbackRecord[] {
  // They were applied in this order, and seq rises within a fence.
  return (state.find(jobId)?.extras.callbacks ?? []).map((one) => ({ ...one }));
}
