/**
 * Standard Webhooks signatures (standardwebhooks.com, symmetric v1): HMAC-SHA256 over `id.timestamp.body`, raw bytes.
 * What is not exactly as the specification has it is no signature: nothing here is lenient, and nothing says why.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** What names and proves a message. */
export interface SignedHeaders {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

const ID = /^[A-Za-z0-9_-]{1,128}$/;
const TIMESTAMP = /^\d{1,12}$/;
/** Of any version; only v1 is looked at. */
const SIGNATURE = /^v\d[0-9a-z]{0,3},[A-Za-z0-9+/]{1,120}={0,2}$/;
const MOST_SIGNATURES = 8;
const LONGEST_LIST = 2_048;
/** How far a message's clock may be from ours, either way. */
export const TOLERANCE_S = 300;

/** Signs with every key, so that the receiver may hold either of two while keys are rotated. */
export function sign(keys: readonly Buffer[], id: string, nowMs: number, body: Uint8Array): SignedHeaders {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signatures = keys.map((key) => `v1,${digest(key, id, timestamp, body).toString("base64")}`);
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/** A message whose headers have the right form; nothing is proved yet. */
export interface Envelope {
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly Buffer[];
}

/**
 * Reads the headers. A header that was sent twice arrives joined by a comma and so fits none of the forms.
 *
 * @returns null when one is missing, malformed, or out of time
 */
export function readEnvelope(headers: Headers, nowMs: number): Envelope | null {
  const id = headers.get("webhook-id");
  const timestamp = headers.get("webhook-timestamp");
  const list = headers.get("webhook-signature");
  if (id === null || timestamp === null || list === null) return null;
  if (!ID.test(id) || !TIMESTAMP.test(timestamp) || !isFresh(Number(timestamp), nowMs)) return null;
  if (list.length > LONGEST_LIST) return null;
  const entries = list.split(" ");
  if (entries.length > MOST_SIGNATURES || !entries.every((entry) => SIGNATURE.test(entry))) return null;
  const signatures = entries
    .filter((entry) => entry.startsWith("v1,"))
    .map((entry) => Buffer.from(entry.slice(3), "base64"));
  return { id, timestamp, signatures };
}

/** Written so that NaN, which compares false with everything, is not fresh. */
export function isFresh(timestamp: number, nowMs: number): boolean {
  return Math.abs(nowMs / 1_000 - timestamp) <= TOLERANCE_S;
}

/** Whether one of the signatures is made by `key`. Takes the same time wherever they differ. */
export function isSignedBy(key: Buffer, envelope: Envelope, body: Uint8Array): boolean {
  const expected = digest(key, envelope.id, envelope.timestamp, body);
  let matches = false;
  for (const given of envelope.signatures) {
    if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
  }
  return matches;
}

function digest(key: Buffer, id: string, timestamp: string, body: Uint8Array): Buffer {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
}
