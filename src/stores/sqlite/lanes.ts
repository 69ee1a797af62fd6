/**
 * Lanes: one row for each kind in each queue, so that a claim knows where to look. A lane counts those of its jobs that have
 * been claimed or have ended, and not those that nobody has begun: a lone enqueue would write one more page for it. Claims
 * come in batches, and know their lanes. A lane also has the numbers of its jobs; see numbers.ts.
 */
import type { Connection } from "./connection.js";
import type { InLane } from "./lane-numbers.js";
import { ADD_LANE, COUNT_IN_LANE, LANE_OF } from "./sql/lanes.js";
import type { Transaction } from "./transaction.js";

/** Neither a kind nor a queue may contain such a character. */
function nameOf({ kind, queue }: InLane): string {
  return `${queue}\n${kind}`;
}

/** Sees to it that the lanes are there. They never go again, so that the connection remembers those it has seen committed. */
export function ensureLanes({ connection, touched }: Transaction, jobs: readonly InLane[]): void {
  let last: InLane | null = null;
  for (const job of jobs) {
    if (last !== null && last.kind === job.kind && last.queue === job.queue) continue;
    last = job;
    if ((connection.lanes.get(job) ?? touched.lanes.get(job)) !== undefined) continue;
    const lane = { kind: job.kind, queue: job.queue };
    connection.run(ADD_LANE, lane);
    touched.lanes.set(lane, connection.get<{ lane: number }>(LANE_OF, lane)!.lane);
  }
}

/** The number of a lane that was made sure of. */
export function laneOf({ connection, touched }: Transaction, job: InLane): number {
  return (connection.lanes.get(job) ?? touched.lanes.get(job))!;
}

/** Whether the lane was there when a transaction of this connection committed. */
export function isKnownLane({ lanes }: Connection, job: InLane): boolean {
  return lanes.get(job) !== undefined;
}

/**
 * @param by  1 for jobs that are claimed, or end, for the first time; -1 for those that go, or wait as if they were new
 * @param frontBehind  where the front of the lane is when the job has been claimed as the first of those that stand there as
 *   they came; 0 = where it was
 */
export function countInLanes<Job extends InLane>(
  { connection }: Transaction,
  jobs: Iterable<Job>,
  by: 1 | -1,
  frontBehind: (job: Job) => number = () => 0,
): void {
  const lanes = new Map<string, { readonly kind: string; readonly queue: string; by: number; front: number }>();
  for (const job of jobs) {
    const { kind, queue } = job;
    const name = nameOf(job);
    const lane = lanes.get(name) ?? { kind, queue, by: 0, front: 0 };
    lane.by += by;
    lane.front = Math.max(lane.front, frontBehind(job));
    lanes.set(name, lane);
  }
  for (const lane of lanes.values()) connection.run(COUNT_IN_LANE, { ...lane });
}
