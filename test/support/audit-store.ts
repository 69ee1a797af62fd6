/** Exports a whole store and audits what it tells: every invariant that an export can show. */
import { createAuditor } from "../../src/core/audit.js";
import type { Store } from "../../src/core/store.js";
import { exportStore } from "../../src/export.js";

/**
 * What is wrong with the store, one sentence each. For stores on a turned clock: it stands still while much happens, so
 * instants of different jobs say nothing about their order, and I22 is left to the model.
 */
export async function auditStore(store: Store): Promise<string[]> {
  const auditor = createAuditor({ checkLimits: false });
  for await (const line of exportStore(store)) auditor.feed(line);
  return auditor.finish().map(({ invariant, jobId, message }) => `${invariant} ${jobId ?? ""}: ${message}`);
}
