/**
 * Progress of one attempt, weighted by stage. Honest: unknown totals stay unknown, nothing falls within an attempt, and
 * nothing reads 100 before completion. Pure.
 */
import type { StoredProgress } from "./job.js";
import type { StageFacts } from "./store.js";

/** The most an unfinished job may show. */
const ALMOST = 99;

/**
 * The whole job's percent, as far as it is known.
 *
 * @param stages  as declared, weights above 0
 * @param stage   the current one, or null before the first (and for jobs without stages)
 * @param done    of the current stage, in its own unit
 * @param total   of the current stage, or null while unknown
 * @returns 0 … 99, or null while nothing is known: no total, and no stage behind us
 */
export function percentOf(
  stages: readonly StageFacts[],
  stage: string | null,
  done: number | null,
  total: number | null,
): number | null {
  const share = done === null || total === null || total <= 0 ? null : Math.min(1, Math.max(0, done / total));
  const at = stages.findIndex(({ name }) => name === stage);
  if (at < 0) return share === null ? null : cap(share * 100);
  const whole = weightOf(stages);
  const behind = weightOf(stages.slice(0, at));
  if (share === null && behind === 0) return null;
  return cap(((behind + (share ?? 0) * stages[at]!.weight) / whole) * 100);
}

/** One stage as a status shows it. */
export interface StageView {
  readonly name: string;
  readonly state: "done" | "current" | "upcoming";
  readonly weight: number;
  /** What it usually takes; absent while there is no evidence. */
  readonly typicalMs?: number;
}

/** Progress as a status shows it. */
export interface Progress {
  /** Whole percent, rounded down, 100 only when completed; null while unknown. */
  readonly percent: number | null;
  readonly stage: string | null;
  readonly stages: readonly StageView[];
  /** What `ctx.progress(done, total)` said last of the current stage. */
  readonly done?: number;
  readonly total?: number;
  readonly message?: string;
}

export function progressView(
  stored: StoredProgress | null,
  stages: readonly StageFacts[],
  completed: boolean,
): Progress | null {
  if (stored === null && stages.length === 0 && !completed) return null;
  const at = stored?.stage == null ? -1 : stages.findIndex(({ name }) => name === stored.stage);
  const percent = completed ? 100 : stored?.percent == null ? null : Math.floor(Math.min(ALMOST, stored.percent));
  return {
    percent,
    stage: completed ? null : (stored?.stage ?? null),
    stages: stages.map(({ name, weight }, i) => ({
      name,
      weight,
      state: completed || i < at ? "done" : i === at ? "current" : "upcoming",
    })),
    ...(stored?.done == null ? {} : { done: stored.done }),
    ...(stored?.total == null ? {} : { total: stored.total }),
    ...(stored?.message == null ? {} : { message: stored.message }),
  };
}

function weightOf(stages: readonly StageFacts[]): number {
  return stages.reduce((sum, { weight }) => sum + weight, 0);
}

function cap(percent: number): number {
  return Math.min(ALMOST, percent);
}
