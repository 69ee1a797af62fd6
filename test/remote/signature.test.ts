/** Standard Webhooks signatures: the public vector, another implementation, and all that must not pass. */

import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { keyOf } from "../../src/remote/secret.js";
import { isFresh, isSignedBy, readEnvelope, sign } from "../../src/remote/signature.js";
import { signature } from "./service.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIMESTAMP = "1614265330";
const BODY = Buffer.from('{"test": 2432232314}');
const SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const NOW = Number(TIMESTAMP) * 1_000;
const key = keyOf(SECRET, "test");

const headers = (changes: Record<string, string | null> = {}): Headers => {
  const all = { "webhook-id": ID, "webhook-timestamp": TIMESTAMP, "webhook-signature": SIGNATURE, ...changes };
  return new Headers(Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
};
const passes = (changes: Record<string, string | null> = {}, body: Uint8Array = BODY, now = NOW): boolean => {
  const envelope = readEnvelope(headers(changes), now);
  return envelope !== null && isSignedBy(key, envelope, body);
};

describe("signatures", () => {
  it("W1 the public test vector is what we sign, and what we accept", () => {
    expect(sign([key], ID, NOW, BODY)).toEqual({
      "webhook-id": ID,
      "webhook-timestamp": TIMESTAMP,
      "webhook-signature": SIGNATURE,
    });
    expect(passes()).toBe(true);
  });

  it("W1 another implementation of the standard accepts ours, and we accept its", () => {
    const other = new Webhook(SECRET);
    const now = Date.now();
    const body = '{"text":"Grüße 漢字 🎈"}';
    expect(other.verify(body, { ...sign([key], ID, now, Buffer.from(body)) })).toEqual({ text: "Grüße 漢字 🎈" });
    const theirs = other.sign(ID, new Date(NOW), body);
    expect(passes({ "webhook-signature": theirs }, Buffer.from(body))).toBe(true);
  });

  it("W1 any signature of the list passes, other versions are passed over", () => {
    const wrong = `v1,${Buffer.alloc(32).toString("base64")}`;
    expect(passes({ "webhook-signature": `${wrong} v1a,AAAA ${SIGNATURE}` })).toBe(true);
    expect(passes({ "webhook-signature": SIGNATURE.replace("v1,", "v2,") })).toBe(false);
  });

  it("W1 secrets are whsec_ and 24 to 64 bytes of whole base64; the error keeps them to itself", () => {
    const secret = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
    for (const bytes of [24, 32, 64]) expect(keyOf(secret(bytes), "s")).toHaveLength(bytes);
    const bad = [
      secret(23),
      secret(65),
      "",
      "whsec_",
      SECRET.slice(6),
      "whsec_not base64!",
      `${SECRET}=A`,
      undefined,
      5,
    ];
    for (const given of bad) expect(() => keyOf(given, "s"), String(given)).toThrow(/services\.s\.secrets/);
    expect(() => keyOf(secret(65), "s")).not.toThrow(new RegExp(secret(65).slice(6, 30)));
  });

  it("W3 raw bytes are what is signed: another byte anywhere is refused", () => {
    for (let i = 0; i < BODY.length; i++) {
      const changed = Buffer.from(BODY);
      changed[i]! ^= 1;
      expect(passes({}, changed)).toBe(false);
    }
    // Two byte sequences that decode to the same text (U+FFFD) are not the same body.
    const lone = Buffer.from([0x22, 0xff, 0x22]);
    const other = Buffer.from([0x22, 0xfe, 0x22]);
    const signed = sign([key], ID, NOW, lone)["webhook-signature"];
    expect(passes({ "webhook-signature": signed }, lone)).toBe(true);
    expect(passes({ "webhook-signature": signed }, other)).toBe(false);
  });

  it.each<[string, Record<string, string | null>]>([
    ["no id", { "webhook-id": null }],
    ["no timestamp", { "webhook-timestamp": null }],
    ["no signature", { "webhook-signature": null }],
    ["an empty signature", { "webhook-signature": "" }],
    ["nine signatures, the right one among them", { "webhook-signature": Array(9).fill(SIGNATURE).join(" ") }],
    ["an id with a dot, which could shift the signed text", { "webhook-id": "msg.1" }],
    ["an id of 129 characters", { "webhook-id": "a".repeat(129) }],
    ["an id that was sent twice", { "webhook-id": `${ID}, ${ID}` }],
    ["a timestamp that was sent twice", { "webhook-timestamp": `${TIMESTAMP}, ${TIMESTAMP}` }],
    ["a signature that was sent twice", { "webhook-signature": `${SIGNATURE}, ${SIGNATURE}` }],
    ["a timestamp that is no number", { "webhook-timestamp": "NaN" }],
    ["a timestamp in hex", { "webhook-timestamp": "0x6037c0b2" }],
    ["a timestamp with a fraction", { "webhook-timestamp": `${TIMESTAMP}.0` }],
    ["a timestamp with a sign", { "webhook-timestamp": `+${TIMESTAMP}` }],
    ["a timestamp with an exponent", { "webhook-timestamp": "1614265330e0" }],
    ["a timestamp of 13 digits", { "webhook-timestamp": `${TIMESTAMP}000` }],
    ["a signature without version", { "webhook-signature": SIGNATURE.slice(3) }],
    ["half a signature", { "webhook-signature": SIGNATURE.slice(0, 20) }],
    ["two spaces between signatures", { "webhook-signature": `${SIGNATURE}  ${SIGNATURE}` }],
  ])("W3 %s is refused", (_what, changes) => {
    // Signed again over exactly these headers, so that only their form is to blame.
    const { "webhook-id": id, "webhook-timestamp": timestamp } = {
      "webhook-id": ID,
      "webhook-timestamp": TIMESTAMP,
      ...changes,
    };
    const again = signature(SECRET, id ?? "", timestamp ?? "", BODY.toString());
    expect(passes({ "webhook-signature": again, ...changes })).toBe(false);
  });

  it("W3 eight signatures are still read, and the order does not matter", () => {
    const wrong = `v1,${Buffer.alloc(32).toString("base64")}`;
    expect(passes({ "webhook-signature": [...Array(7).fill(wrong), SIGNATURE].join(" ") })).toBe(true);
  });

  it("W3 five minutes either way, not a second more; NaN is never fresh", () => {
    for (const seconds of [-300, 0, 300]) expect(passes({}, BODY, NOW + seconds * 1_000)).toBe(true);
    for (const seconds of [-301, 301, 1e9]) expect(passes({}, BODY, NOW + seconds * 1_000)).toBe(false);
    expect(isFresh(Number.NaN, NOW)).toBe(false);
    expect(isFresh(Number(TIMESTAMP), Number.NaN)).toBe(false);
  });

  it("W5 two keys sign side by side, and a holder of either one can verify", () => {
    const newKey = keyOf(`whsec_${Buffer.alloc(32, 9).toString("base64")}`, "s");
    const envelope = readEnvelope(new Headers({ ...sign([key, newKey], ID, NOW, BODY) }), NOW)!;
    expect([isSignedBy(key, envelope, BODY), isSignedBy(newKey, envelope, BODY)]).toEqual([true, true]);
    expect(isSignedBy(keyOf(`whsec_${Buffer.alloc(32, 8).toString("base64")}`, "s"), envelope, BODY)).toBe(false);
  });
});
