/**
 * Why a callback of an outside service changes nothing. Pure, and shared by the stores, so that they cannot disagree.
 * The order of the questions is the contract's (see `CallbackRefusal` in store.ts); the first two, whether the job is
 * there and the id is new, the stores answer themselves.
 */
import { isTakenAway } from "./settle-rules.js";
import type { CallbackAnswer, CallbackRefusal, CallbackRequest, SettleAnswer } from "./store.js";
import type { TrailEvent } from "./trail.js";

/**
 * For a fence that does not hold the job: taken away, or ended by its own word?
 *
 * @param ending  the row that ended the attempt of the request's fence; null when none did
 */
export function overReason(
  request: Pick<CallbackRequest, "fence">,
  job: { readonly fence: number; readonly ending: TrailEvent | null },
): "lost" | "ended" {
  const { ending } = job;
  return job.fence !== request.fence || ending === null || isTakenAway(ending) ? "lost" : "ended";
}

/** @param lastSeq  the highest applied seq of the request's fence; null before the first */
export function isStale(request: Pick<CallbackRequest, "seq">, lastSeq: number | null): boolean {
  return lastSeq !== null && request.seq <= lastSeq;
}

export function refusedCallback(
  reason: CallbackRefusal,
  status: Extract<CallbackAnswer, { applied: false }>["status"],
): CallbackAnswer {
  return { applied: false, reason, status };
}

/** What the answer to a settlement means for the callback that told it, when its fence held the job. */
export function settledCallback(answer: SettleAnswer): CallbackAnswer {
  if (answer.answer === "settled") return { applied: true, status: answer.status };
  if (answer.answer === "illegal") return refusedCallback("illegal", answer.status);
  return refusedCallback(answer.answer === "lost" ? "lost" : "ended", answer.status);
}
