/** Who does the work: a worker process of ours, or the service in examples/python-service. The pages are the same. */
import type { JobDefinition, Waymark, WaymarkOptions } from "waymark";
import type { Rehearsal, TableInput, TableResult } from "./story-jobs.js";
import { tableStory } from "./story-jobs.js";
import { startWorkerChild, type WorkerChild } from "./worker-child.js";

export interface Engine {
  readonly definition: JobDefinition<string, TableInput, unknown, unknown, TableResult>;
  /** What it can play; a real file needs none of it. */
  readonly rehearsals: readonly Rehearsal[];
  readonly services?: WaymarkOptions["services"];
  /** Begins to take jobs. */
  start(waymark: Waymark): void;
  stop(): Promise<void>;
}

/** @param store  the same for both processes, as is `shelfPath` */
export function localEngine(store: string, shelfPath: string): Engine {
  let child: WorkerChild | undefined;
  return {
    definition: tableStory,
    rehearsals: ["slow", "flaky", "outage", "broken"],
    start() {
      child = startWorkerChild([store, shelfPath]);
    },
    stop: async () => child?.stop(),
  };
}
