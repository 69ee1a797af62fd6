/** Takes a file from a request to the disk, piece by piece and never more than the limit; the memory holds one piece. */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** As in table/read-table.ts, so that what was taken can also be read. */
export const MAX_BYTES = 20_000_000;
/** The longest a retry may still need the file. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1_000;

export interface Upload {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}
export type Refusal = { readonly refused: "too_large" | "empty" | "not_a_csv" };

/** @returns the file, or why it was not taken; nothing stays on the disk then */
export async function takeUpload(request: Request, givenName: string, folder: string): Promise<Upload | Refusal> {
  const name = safeName(givenName);
  if (!/\.(csv|tsv|txt)$/i.test(name)) return { refused: "not_a_csv" };
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BYTES) return { refused: "too_large" };
  if (request.body === null) return { refused: "empty" };
  // Each in a folder of its own, so that it keeps its name, which is what messages call it by.
  const home = resolve(folder, randomUUID());
  await mkdir(home, { recursive: true });
  const path = join(home, name);
  let bytes = 0;
  async function* counted(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      bytes += piece.byteLength;
      if (bytes > MAX_BYTES) throw new TooLarge();
      yield piece;
    }
  }
  try {
    await pipeline(Readable.fromWeb(request.body as never), counted, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    if (error instanceof TooLarge) return { refused: "too_large" };
    throw error;
  }
  if (bytes > 0) return { path, name, bytes };
  await rm(home, { recursive: true, force: true });
  return { refused: "empty" };
}

class TooLarge extends Error {}

/** The last part of a path, without what a file system or a terminal would obey. */
export function safeName(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? "";
  const name = last.replace(/[\p{C}<>:"|?*]/gu, "").trim();
  const [, stem = "", extension = ""] = /^(.*?)(\.[A-Za-z0-9]{1,8})?$/.exec(name) ?? [];
  return `${[...stem].slice(0, 60).join("").replace(/^\.+/, "") || "table"}${extension}`;
}

/** Files are only needed while their job may be tried again. */
export async function clearOldUploads(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const home = join(folder, name);
    const facts = await stat(home).catch(() => null);
    if (facts !== null && now - facts.mtimeMs > KEPT_MS) await rm(home, { recursive: true, force: true });
  }
}
