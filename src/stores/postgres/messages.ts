/** The messages by which a prepared statement is run and answered, as bytes (PostgreSQL's protocol 3.0). */
import type { RawRow } from "./pg-types.js";

const BIND = 0x42;
const BIND_COMPLETE = 0x32;
const DATA_ROW = 0x44;
const COMMAND_COMPLETE = 0x43;
const READY = 0x5a;
/** A type, and a length that counts itself. */
const HEADER_BYTES = 5;
const READY_BYTES = 6;
/** `Execute` for all rows, and `Sync`. */
const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);

/** Runs a prepared statement with these values: `Bind`, `Execute` and `Sync`. */
export function boundTo(statement: string, values: readonly unknown[]): Buffer {
  const texts = values.map(textOf);
  const start = HEADER_BYTES + 1 + Buffer.byteLength(statement) + 1;
  // How values are written, how many there are, how columns are wanted: two bytes each.
  let size = start + 6;
  for (const text of texts) size += text === null ? 4 : 4 + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(size + EXECUTE_AND_SYNC.length);
  bytes[0] = BIND;
  bytes.writeInt32BE(size - 1, 1);
  // The portal has no name.
  bytes[HEADER_BYTES] = 0;
  bytes.write(statement, HEADER_BYTES + 1);
  bytes[start - 1] = 0;
  // All are texts, here as below.
  let at = bytes.writeInt16BE(0, start);
  at = bytes.writeUInt16BE(texts.length, at);
  for (const text of texts) {
    const length = text === null ? -1 : bytes.write(text, at + 4);
    at = bytes.writeInt32BE(length, at) + Math.max(0, length);
  }
  bytes.writeInt16BE(0, at);
  EXECUTE_AND_SYNC.copy(bytes, size);
  return bytes;
}

/** The rows of an answer that is whole, and holds nothing but rows; null for any other. */
export function plainRows(bytes: Buffer): RawRow[] | null {
  const ready = bytes.length - READY_BYTES;
  // The end first: of an answer in parts, no row is read twice.
  if (ready < HEADER_BYTES || !isReady(bytes, ready)) return null;
  if (bytes[0] !== BIND_COMPLETE || bytes.readUInt32BE(1) !== HEADER_BYTES - 1) return null;
  const rows: RawRow[] = [];
  let at = HEADER_BYTES;
  while (at + HEADER_BYTES <= ready) {
    const type = bytes[at];
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    if (type === COMMAND_COMPLETE) return end === ready ? rows : null;
    if (type !== DATA_ROW || end > ready) return null;
    rows.push(rowAt(bytes, at + HEADER_BYTES));
    at = end;
  }
  return null;
}

function isReady(bytes: Buffer, at: number): boolean {
  return bytes[at] === READY && bytes.readUInt32BE(at + 1) === READY_BYTES - 1;
}

function rowAt(bytes: Buffer, start: number): RawRow {
  const row = new Array<string | null>(bytes.readUInt16BE(start));
  let at = start + 2;
  for (let column = 0; column < row.length; column++) {
    const length = bytes.readInt32BE(at);
    const text = at + 4;
    at = text + Math.max(0, length);
    row[column] = length < 0 ? null : bytes.toString("utf8", text, at);
  }
  return row;
}

/** Besides texts and nothing there are only numbers and truth, which JSON writes as PostgreSQL reads them. */
export function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}
