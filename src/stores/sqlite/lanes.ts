/**
 * Lanes: one row for each kind in each queue, so that a claim knows where to look. A lane counts those of its jobs that have
 * been claimed or have ended, and not those that nobody has begun: a lone enqueue would write one more page for it. Claims
 * come in batches, and know their lanes.
 */
import { ADD_LANE, COUNT_IN_LANE } from "./sql/lanes.js";
import type { Transaction } from "./transaction.js";

export interface InLane {
  readonly kind: string;
  readonly queue: string;
}

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
    const name = nameOf(job);
    if (connection.lanes.has(name) || touched.lanes.has(name)) continue;
    connection.run(ADD_LANE, { kind: job.kind, queue: job.queue });
    touched.lanes.add(name);
  }
}

/** Whether the lane was there when a transaction of this connection committed. */
export function isKnownLane({ lanes }: { readonly lanes: ReadonlySet<string> }, job: InLane): boolean {
  return lanes.has(nameOf(job));
}

/** @param by  1 for jobs that are claimed, or end, for the first time; -1 for those that go, or wait as if they were new */
export function countInLanes({ connection }: Transaction, jobs: Iterable<InLane>, by: 1 | -1): void {
  const lanes = new Map<string, { readonly kind: string; readonly queue: string; by: number }>();
  for (const { kind, queue } of jobs) {
    const name = nameOf({ kind, queue });
    const lane = lanes.get(name);
    if (lane === undefined) lanes.set(name, { kind, queue, by });
    else lane.by += by;
  }
  for (const lane of lanes.values()) connection.run(COUNT_IN_LANE, { ...lane });
}
