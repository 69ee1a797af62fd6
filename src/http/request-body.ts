/** Reads a JSON body, never more of it than the route allows. */
import { WaymarkError } from "../core/errors.js";
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
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = (size: number | string): WaymarkError =>
    new WaymarkError("too_large", { what: "request body", size, limit: maxBytes });
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > maxBytes) throw tooLarge(announced);
  if (request.body === null) return new Uint8Array();
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader
      .read()
      .catch(() => refuse("invalid_request", { problem: "the body broke off" }));
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw tooLarge(`more than ${maxBytes}`);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
