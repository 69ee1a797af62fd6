/** What `waymark doctor` looks at: the store's own health, as the store tells it, and how its jobs and workers fare. */
import type { Finding } from "../core/finding.js";
import type { Store } from "../core/store.js";
import { examineJobs } from "./jobs.js";
import { examineWorkers } from "./workers.js";

/** It reads, and changes nothing. @throws {WaymarkError} `store_unavailable`, `store_refused` */
export async function examine(store: Store): Promise<Finding[]> {
  const own = (await store.examine?.()) ?? [];
  return [...own, ...(await examineWorkers(store)), ...(await examineJobs(store))];
}
