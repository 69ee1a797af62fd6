/**
 * Job ids: UUIDs of version 7, made in the process that enqueues. Later ids sort after earlier ones, also within one
 * millisecond and when the clock goes back (RFC 9562, section 6.2, method 1: a counter of fixed length, here 26 bits in
 * rand_a and the front of rand_b, begun anew each millisecond at a random number; 48 random bits follow it).
 */
import type { Clock } from "./clock.js";
import { WaymarkError } from "./errors.js";

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const hex = (byte: number): string => HEX[byte & 0xff] ?? "";

const COUNTER_BITS = 26;
/** The counter starts in its lower half, so that a millisecond has room for at least 2^25 ids. */
const COUNTER_START_MASK = 2 ** (COUNTER_BITS - 1) - 1;
const COUNTER_END = 2 ** COUNTER_BITS;

/** Randomness is fetched in blocks: one call of the system's source for some thousand ids. */
const BLOCK_BYTES = 16_384;

/** Makes a source of job ids. Ids of one source strictly increase as text. */
export function createIdSource(clock: Pick<Clock, "now">): () => string {
  const block = new Uint8Array(BLOCK_BYTES);
  let used = BLOCK_BYTES;
  const take = (count: number): number => {
    if (used + count > BLOCK_BYTES) {
      globalThis.crypto.getRandomValues(block);
      used = 0;
    }
    used += count;
    return used - count;
  };

  let lastMs = -1;
  let counter = 0;
  let prefix = "";
  const openMillisecond = (ms: number): void => {
    lastMs = ms;
    const at = take(4);
    const random = new DataView(block.buffer).getUint32(at);
    counter = random & COUNTER_START_MASK;
    const text = ms.toString(16).padStart(12, "0");
    prefix = `${text.slice(0, 8)}-${text.slice(8)}-`;
  };

  return () => {
    const now = Math.floor(clock.now());
    // A clock that went back, or stands still: stay in the millisecond we are in.
    if (now > lastMs) openMillisecond(now);
    else if (++counter >= COUNTER_END) openMillisecond(lastMs + 1);

    const at = take(6);
    return (
      prefix +
      hex(0x70 | (counter >>> 22)) +
      hex(counter >>> 14) +
      "-" +
      hex(0x80 | ((counter >>> 8) & 0x3f)) +
      hex(counter) +
      "-" +
      hex(block[at] ?? 0) +
      hex(block[at + 1] ?? 0) +
      hex(block[at + 2] ?? 0) +
      hex(block[at + 3] ?? 0) +
      hex(block[at + 4] ?? 0) +
      hex(block[at + 5] ?? 0)
    );
  };
}

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `value` is a job id as stores keep it: a UUID of any version, in lower case with its four hyphens. */
export function isJobId(value: unknown): value is string {
  return typeof value === "string" && value.length === 36 && CANONICAL.test(value);
}

/**
 * The job id in `value`, in lower case.
 *
 * @throws {WaymarkError} `invalid_job_id`
 */
export function toJobId(value: unknown): string {
  if (isJobId(value)) return value;
  if (typeof value === "string" && value.length === 36) {
    const lower = value.toLowerCase();
    if (isJobId(lower)) return lower;
  }
  const given = typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : `A value of type ${typeof value}`;
  throw new WaymarkError("invalid_job_id", { given });
}
