/** How long a service may be silent, and how long an attempt may take in all. */
import type { AnyJobDefinition } from "../core/define-job.js";
import type { JobRecord } from "../core/job.js";

/** Silence that counts as a lost attempt, unless the definition has a `timeout`. */
export const SILENCE_MS = 300_000;

/** The lease of an attempt when it is dispatched. */
export function deadlineMs(definition: Pick<AnyJobDefinition, "timeoutMs">): number {
  return definition.timeoutMs ?? SILENCE_MS;
}

/**
 * The lease after a callback, from now: what is left of the `timeout`, or a whole silence anew. A process that does not
 * know the definition leaves the deadline where it is.
 */
export function leaseAfterCallback(
  definition: Pick<AnyJobDefinition, "timeoutMs"> | null,
  record: Pick<JobRecord, "startedAt" | "leaseExpiresAt" | "readAt">,
): number {
  if (definition !== null && definition.timeoutMs === null) return SILENCE_MS;
  const startedAt = record.startedAt ?? record.readAt;
  const end =
    definition?.timeoutMs == null ? (record.leaseExpiresAt ?? record.readAt) : startedAt + definition.timeoutMs;
  return Math.max(1, end - record.readAt);
}
