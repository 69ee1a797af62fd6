/** The events of a stream, as text/event-stream has them. Data is one line of JSON, so that nothing in it can break out. */
import type { JobStatusInfo } from "../core/status-info.js";
import type { TombstoneView } from "./answers.js";

const encoder = new TextEncoder();
const frame = (event: string, data: unknown, id?: string): Uint8Array =>
  encoder.encode(`event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);

/** How long a client waits before it connects again. */
export const OPENING: Uint8Array = encoder.encode("retry: 2000\n\n");
export const PING: Uint8Array = encoder.encode(": ping\n\n");
/** Every job of the stream has ended. */
export const END: Uint8Array = frame("end", {});
/** The reader was too slow, and something is missing: connect again. */
export const RESYNC: Uint8Array = frame("resync", {});

export function statusFrame(info: JobStatusInfo, version: string): Uint8Array {
  return frame("status", info, version);
}

/** A job that is not there, not yours, or purged; of a purged one of your own, what became of it. */
export function goneFrame(jobId: string, tombstone: TombstoneView | null): Uint8Array {
  return frame("gone", tombstone === null ? { jobId } : { jobId, status: tombstone.status });
}
