/** STUB-IN-PROGRESS: replaced by the explanation in plain words. */
import type { JobRecord } from "./core/job.js";
import type { Store } from "./core/store.js";
export interface Explanation {
  readonly summary: string;
}
export async function explain(_store: Store, record: JobRecord): Promise<Explanation> {
  return { summary: record.status };
}
