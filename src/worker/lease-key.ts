/** One attempt as a key of a map: a job may be held twice by one process, when the first hold was lost. */
import type { LeaseRef } from "../core/store.js";

export function leaseKey({ jobId, fence }: LeaseRef): string {
  return `${jobId}/${fence}`;
}
