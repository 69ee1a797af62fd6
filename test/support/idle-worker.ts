/** A worker with nothing to do, for tests of what that costs. */
import { defineJob, openWaymark } from "waymark";
import type { Store } from "../../src/core/store.js";
import type { FakeClock } from "../../src/testing/fake-clock.js";

const QUEUES = 50;

export interface IdleWorker {
  /** Turns the clock. */
  turn(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** One of fifty queues that has done a job of each, and has rested since. Its clock is that of the store. */
export async function idleWorker(store: Store, clock: FakeClock): Promise<IdleWorker> {
  const waymark = await openWaymark({ store, clock });
  const jobs = Array.from({ length: QUEUES }, (_, i) => defineJob({ kind: `kind-${i}`, queue: `queue-${i}` }));
  let handled = 0;
  const worker = waymark.work(jobs.map((job) => job.handle(() => void handled++)));
  for (const job of jobs) await waymark.enqueue(job, {});
  const turn = async (ms: number): Promise<void> => {
    for (let turned = 0; turned < ms; turned += 250) {
      await clock.advance(250);
      // The database answers in real time.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  while (handled < jobs.length) await turn(250);
  await turn(10_000);
  return {
    turn,
    stop: async () => {
      const stopped = worker.stop();
      await turn(1_000);
      await stopped;
      await waymark.close();
    },
  };
}
