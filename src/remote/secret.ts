/** Secrets of the Standard Webhooks kind: `whsec_` and 24 to 64 bytes of base64. */
import { WaymarkError } from "../core/errors.js";

const PREFIX = "whsec_";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/**
 * The key of a secret. The error never repeats the secret.
 *
 * @throws {WaymarkError} `invalid_option`
 */
export function keyOf(secret: unknown, service: string): Buffer {
  const refuse = (problem: string): never => {
    throw new WaymarkError("invalid_option", { option: `services.${service}.secrets`, problem });
  };
  if (typeof secret !== "string" || !secret.startsWith(PREFIX)) return refuse(`a secret starts with ${PREFIX}`);
  const text = secret.slice(PREFIX.length);
  if (!BASE64.test(text)) return refuse(`after ${PREFIX} a secret is base64`);
  const key = Buffer.from(text, "base64");
  if (key.toString("base64").replace(/=+$/, "") !== text.replace(/=+$/, "")) return refuse("it is not whole base64");
  if (key.length < LEAST_BYTES || key.length > MOST_BYTES)
    return refuse(`a secret has ${LEAST_BYTES} to ${MOST_BYTES} bytes`);
  return key;
}
