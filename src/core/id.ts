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

/** The random end of an id: 48 bits, in hexadecimal digits. */
const TAIL_DIGITS = 12;
/** Tails are made in blocks: one call of the system's source, and one text to cut them from, for so many ids. */
const TAILS_A_BLOCK = 1_024;

/** Makes a source of job ids. Ids of one source strictly increase as text. */
export function createIdSource(clock: Pick<Clock, "now">): () => string {
  const tail = createTails();
  let lastMs = -1;
  let counter = 0;
  /** What 256 ids in a row have in common: all but the last eight bits of the counter, and the tail. */
  let front = "";

  const openFront = (): void => {
    const ms = lastMs.toString(16).padStart(12, "0");
    const top = hex(0x70 | (counter >>> 22)) + hex(counter >>> 14);
    // Joined, since a text made by adding stays a tree of its parts until somebody needs its letters.
    front = [ms.slice(0, 8), ms.slice(8), top, hex(0x80 | ((counter >>> 8) & 0x3f))].join("-");
  };
  const openMillisecond = (ms: number): void => {
    lastMs = ms;
    counter = Number.parseInt(tail().slice(0, 8), 16) & COUNTER_START_MASK;
    openFront();
  };

  return () => {
    const now = Math.floor(clock.now());
    // A clock that went back, or stands still: stay in the millisecond we are in.
    if (now > lastMs) openMillisecond(now);
    else if (++counter >= COUNTER_END) openMillisecond(lastMs + 1);
    else if ((counter & 0xff) === 0) openFront();
    return front + (HEX[counter & 0xff] + "-" + tail());
  };
}

/** Random texts of `TAIL_DIGITS` hexadecimal digits. */
function createTails(): () => string {
  const random = new Uint8Array((TAILS_A_BLOCK * TAIL_DIGITS) / 2);
  let block = "";
  let at = 0;
  return () => {
    if (at === block.length) {
      globalThis.crypto.getRandomValues(random);
      block = hexOf(random);
      at = 0;
    }
    at += TAIL_DIGITS;
    return block.slice(at - TAIL_DIGITS, at);
  };
}

interface Buffers {
  readonly Buffer: { from(bytes: ArrayBufferLike): { toString(encoding: "hex"): string } };
}

/** Node writes it many times faster than we could. */
function hexOf(bytes: Uint8Array): string {
  const { Buffer } = globalThis as unknown as Partial<Buffers>;
  return Buffer === undefined ? Array.from(bytes, hex).join("") : Buffer.from(bytes.buffer).toString("hex");
}

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `value` is a job id as stores keep it: a UUID of any version, in lower case with its four hyphens. */
export function isJobId(value: unknown): value is string {
  return typeof value === "string" && value.length === 36 && CANONICAL.test(value);
}

/** When an id of ours was made, in epoch ms by the clock of its maker; null for one of another version. */
export function madeAt(jobId: string): number | null {
  if (jobId[14] !== "7") return null;
  return Number.parseInt(jobId.slice(0, 8) + jobId.slice(9, 13), 16);
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
