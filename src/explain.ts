/**
 * Why a job is where it is, in plain words (PROMISES B10): one sentence, what was checked, and the trail as a story. The
 * words are made of facts alone; the store is asked for the trail and for who works.
 */
import { currentStatus, type JobRecord } from "./core/job.js";
import { isTerminalStatus } from "./core/lifecycle.js";
import type { Store } from "./core/store.js";
import { explainEnded } from "./explain/ended.js";
import type { Evidence, Explanation } from "./explain/explanation.js";
import { explainProcessing } from "./explain/processing.js";
import { storyOf } from "./explain/story.js";
import { explainWaiting } from "./explain/waiting.js";

export type { Explanation } from "./explain/explanation.js";

export interface ExplainOptions {
  /** An IANA zone for the times in the texts. Default: the process's own. */
  readonly timeZone?: string;
}

/** @param record  read with the view "info" or "full", so that a waiting job brings its waiting facts */
export async function explain(store: Store, record: JobRecord, options: ExplainOptions = {}): Promise<Explanation> {
  const [trails, workers] = await Promise.all([store.trail([record.jobId]), store.workers()]);
  const evidence: Evidence = {
    record,
    trail: trails[0] ?? [],
    workers,
    place: { now: record.readAt, ...options },
  };
  return { ...sentence(evidence), story: storyOf(evidence) };
}

function sentence(evidence: Evidence): Pick<Explanation, "summary" | "checks"> {
  const { record } = evidence;
  if (isTerminalStatus(record.status)) return { summary: explainEnded(evidence), checks: [] };
  if (currentStatus(record) === "processing") return explainProcessing(evidence);
  if (record.waiting === null) return { summary: `It is ${currentStatus(record)}.`, checks: [] };
  return explainWaiting(evidence, record.waiting);
}
