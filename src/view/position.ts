/** Where a job stands on its trail, from its progress. Pure. */
import type { WireStatus } from "../core/wire.js";

type Progress = NonNullable<WireStatus["progress"]>;

export interface Position {
  /** Whole percent, rounded down, at most 99; null while the total is unknown. */
  readonly percent: number | null;
  /** The same, as fine as it is known, for drawing; where the current stage began while unknown. */
  readonly at: number;
  readonly posts: readonly number[];
}

export function positionOf(progress: Progress | null): Position {
  if (progress === null) return { percent: null, at: 0, posts: [] };
  const { stages, stage, done, total, percent } = progress;
  const whole = stages.reduce((sum, { weight }) => sum + weight, 0);
  let walked = 0;
  const posts = stages.map(({ weight }) => (100 * (walked += weight)) / whole);
  const current = stages.findIndex(({ name }) => name === stage);
  const behind = current > 0 ? (posts[current - 1] ?? 0) : 0;
  const share = done === undefined || total === undefined || total <= 0 ? null : Math.min(1, Math.max(0, done / total));
  // A number that only says which stages are over is no measure of the one at work.
  const measured = share !== null || (percent !== null && (current < 0 || percent > Math.floor(behind)));
  const length = current < 0 ? 100 : (posts[current] ?? 100) - behind;
  const fine = share === null ? (percent ?? behind) : behind + share * length;
  const at = Math.min(99.5, Math.max(fine, percent ?? 0, behind));
  return { percent: measured ? Math.min(99, Math.floor(percent ?? fine)) : null, at, posts };
}
