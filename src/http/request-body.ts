/** Reads a JSON body, never more of it than the route allows. */
import { WaymarkError } from "../core/errors.js";
import { readBody } from "../remote/read-body.js";
import { refuse } from "./problem.js";

/**
 * @returns the parsed body; undefined when there is none
 * @throws {WaymarkError} `too_large`, `invalid_request`
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes)) as unknown;
  } catch {
    return refuse("invalid_request", { problem: "the body is not JSON in UTF-8" });
  }
}

/** @throws {WaymarkError} `too_large` as soon as one byte too many has come; `invalid_request` when the body breaks off */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const bytes = await readBody(request, maxBytes).catch(() =>
    refuse("invalid_request", { problem: "the body broke off" }),
  );
  if (bytes !== null) return bytes;
  throw new WaymarkError("too_large", { what: "request body", size: `more than ${maxBytes}`, limit: maxBytes });
}
