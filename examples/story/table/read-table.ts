/**
 * Streams a CSV file into columns. What cannot be a table is refused early and in plain words: size and kind by `stat`
 * and the first bytes, before a row is read. A file that is a little untidy is read, and what was done about it is said.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { ColumnBuilder } from "./column-builder.js";
import { HEAD_BYTES, type Head, lookAtHead } from "./look-at-head.js";
import { refusal, sizeInWords } from "./refuse.js";
import type { Table } from "./table.js";

export interface ReadOptions {
  /** Stops the reading; `readTable` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Largest file, in bytes. Default 20 MB. */
  readonly maxBytes?: number;
  /** Default 200. */
  readonly maxColumns?: number;
  /** Called after each piece of the file, with bytes; the reading waits for it. */
  readonly onRead?: (done: number, total: number) => Promise<void>;
}

/** The longest row, in characters. What is longer is a quote that never closes. */
const LONGEST_ROW = 1_000_000;

/**
 * @throws {JobError} one of the codes in refuse.ts
 * @throws the signal's reason, when it aborts
 */
export async function readTable(path: string, options: ReadOptions = {}): Promise<Table> {
  const { signal, maxBytes = 20_000_000, maxColumns = 200, onRead } = options;
  signal?.throwIfAborted();
  const name = basename(path);
  const { bytes, head } = await firstLook(path, name, maxBytes);
  const columns = new ColumnBuilder(name, maxColumns);

  /** Checks that the bytes are text. A file may grow while it is read, so its size is watched here too. */
  async function* decode(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string | Uint8Array> {
    const decoder = new TextDecoder(head.encoding, { fatal: true });
    let done = 0;
    for await (const piece of pieces) {
      done += piece.byteLength;
      if (done > maxBytes) throw tooLarge(name, done, maxBytes);
      const text = toText(decoder, piece, name);
      if (text.includes("\0")) throw notText(name);
      // The parser works on UTF-8 bytes: handing them on as they are saves making them twice.
      yield head.encoding === "utf-8" ? piece : text;
      await onRead?.(done, bytes);
    }
    yield toText(decoder, undefined, name);
  }

  const parser = parse({
    delimiter: head.delimiter,
    bom: true,
    trim: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  try {
    await pipeline(
      createReadStream(path),
      decode,
      parser,
      // A stream's end rather than a loop that awaits each record: half the time for a million rows.
      new Writable({
        objectMode: true,
        highWaterMark: 1_000,
        write(record: string[], _, next) {
          try {
            columns.add(record);
            next();
          } catch (error) {
            next(error as Error);
          }
        },
      }),
      { signal },
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof CsvError ? asRefusal(name, error) : error;
  }
  return columns.finish({ name, bytes, delimiter: head.delimiter });
}

async function firstLook(path: string, name: string, maxBytes: number): Promise<{ bytes: number; head: Head }> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const facts = await file.stat();
    if (facts.isDirectory()) throw refusal("not_a_csv", `${name} is a folder. Choose a CSV file inside it.`);
    if (!facts.isFile()) throw refusal("not_a_csv", `${name} is not an ordinary file. Choose a CSV file.`);
    if (facts.size > maxBytes) throw tooLarge(name, facts.size, maxBytes);
    const buffer = new Uint8Array(Math.min(HEAD_BYTES, facts.size));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return { bytes: facts.size, head: lookAtHead(name, buffer.subarray(0, bytesRead)) };
  } catch (error) {
    throw fromSystem(name, error);
  } finally {
    await file?.close();
  }
}

function fromSystem(name: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return refusal("file_not_found", `There is no file ${name} at that place. Check the path and try again.`);
  }
  if (code === "EACCES" || code === "EPERM") {
    return refusal("file_not_readable", `${name} may not be read by this user. Change its permissions and try again.`);
  }
  return error;
}

function toText(decoder: InstanceType<typeof TextDecoder>, piece: Uint8Array | undefined, name: string): string {
  try {
    return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
  } catch {
    throw refusal("not_a_csv", `${name} is not UTF-8 text. Save it as "CSV UTF-8" and try again.`);
  }
}

function notText(name: string): Error {
  return refusal("not_a_csv", `${name} is not text, so it cannot be a CSV file. Choose a file of rows and columns.`);
}

function tooLarge(name: string, bytes: number, limit: number): Error {
  return refusal(
    "too_large",
    `${name} has ${sizeInWords(bytes)}; at most ${sizeInWords(limit)} can be read. Choose a smaller file or a part of it.`,
  );
}

function asRefusal(name: string, error: CsvError): Error {
  const line = typeof error["lines"] === "number" ? ` near line ${error["lines"].toLocaleString("en")}` : "";
  const unclosed = error.code === "CSV_QUOTE_NOT_CLOSED" || error.code === "CSV_MAX_RECORD_SIZE";
  const what = unclosed ? "a quotation mark is opened and never closed" : "a row cannot be read";
  return refusal("not_a_csv", `In ${name}, ${what}${line}. Correct that row and try again.`, error);
}
