/** The trail as people and programs read it. */

import type { JobStatus, TrailEventName } from "./core/lifecycle.js";
import type { JobFailure } from "./core/status-info.js";
import type { TrailEvent } from "./core/trail.js";

export interface HistoryEntry {
  /** 1 … n, without gaps. */
  readonly seq: number;
  readonly at: Date;
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly event: TrailEventName;
  /** "producer", "worker:ID", "recorder:ID", "rescuer", "sweeper", or whoever asked. */
  readonly actor: string;
  readonly generation: number;
  readonly attempt: number;
  readonly fence: number;
  readonly reason?: string;
  readonly requestId?: string;
  readonly error?: JobFailure;
}

export function historyOf(trail: readonly TrailEvent[]): HistoryEntry[] {
  return trail.map((row) => ({
    seq: row.seq,
    at: new Date(row.at),
    from: row.from,
    to: row.to,
    event: row.event,
    actor: row.actor,
    generation: row.generation,
    attempt: row.attempt,
    fence: row.fence,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.requestId === null ? {} : { requestId: row.requestId }),
    ...(row.error === null ? {} : { error: failureOf(row.error) }),
  }));
}

function failureOf({ code, message, category, reference }: NonNullable<TrailEvent["error"]>): JobFailure {
  return { code, message, category, reference };
}
