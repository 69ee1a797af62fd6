/**
 * Looks at the first bytes of a file before anything is parsed: is it text, in which encoding, and what parts its
 * cells? Files that people mistake for CSV are named, with the way out.
 */
import { parse } from "csv-parse/sync";
import { refusal } from "./refuse.js";
import type { Delimiter } from "./table.js";

export interface Head {
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be";
  readonly delimiter: Delimiter;
}

/** How much of the file is looked at, in bytes. */
export const HEAD_BYTES = 65_536;

const MISTAKEN: readonly { readonly starts: RegExp; readonly is: string; readonly wayOut: string }[] = [
  {
    starts: /^PK\x03\x04/,
    is: "a spreadsheet or zip file",
    wayOut: "Open it and save the sheet as CSV, then try again.",
  },
  {
    starts: /^\xd0\xcf\x11\xe0/,
    is: "an old Excel workbook",
    wayOut: "Open it and save the sheet as CSV, then try again.",
  },
  { starts: /^%PDF/, is: "a PDF", wayOut: "Export the table as CSV where it was made, then try again." },
  { starts: /^\x1f\x8b/, is: "compressed (gzip)", wayOut: "Unpack it first, then try again." },
  { starts: /^PAR1/, is: "a Parquet file", wayOut: "Export it as CSV, then try again." },
  {
    starts: /^(\xef\xbb\xbf)?\s*(<!doctype|<html|<\?xml)/i,
    is: "a web page or XML",
    wayOut: "Download the CSV file itself, then try again.",
  },
  { starts: /^(\xef\xbb\xbf)?\s*[[{]\s*["{[\]}]/, is: "JSON", wayOut: "Save the rows as CSV, then try again." },
];

/**
 * @param head  the first HEAD_BYTES of the file, or all of it
 * @throws {JobError} `not_a_csv`, `empty_file`
 */
export function lookAtHead(name: string, head: Uint8Array): Head {
  const latin = Buffer.from(head.subarray(0, 512)).toString("latin1");
  const mistaken = MISTAKEN.find((file) => file.starts.test(latin));
  if (mistaken) throw refusal("not_a_csv", `${name} is ${mistaken.is}, not a CSV file. ${mistaken.wayOut}`);
  const encoding = encodingOf(head);
  if (encoding === "utf-8" && head.includes(0)) {
    throw refusal("not_a_csv", `${name} is not text, so it cannot be a CSV file. Choose a file of rows and columns.`);
  }
  // Not fatal here: the piece may end inside a character, and the stream checks every byte anyway.
  const text = new TextDecoder(encoding).decode(head);
  if (text.trim() === "") throw refusal("empty_file", `${name} is empty. Choose a file with a header and some rows.`);
  return { encoding, delimiter: delimiterOf(text) };
}

function encodingOf(head: Uint8Array): Head["encoding"] {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return "utf-8";
}

const CANDIDATES: readonly Delimiter[] = [",", ";", "\t", "|"];

/** The delimiter that cuts the first lines into the most cells, evenly. A comma when nothing tells. */
function delimiterOf(text: string): Delimiter {
  let best: { delimiter: Delimiter; score: number } = { delimiter: ",", score: 0 };
  for (const delimiter of CANDIDATES) {
    const score = evenness(text, delimiter);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

/** Cells in the first row, weighted by how many of the first rows have as many. 0 when there is but one cell. */
function evenness(text: string, delimiter: Delimiter): number {
  let records: string[][];
  try {
    records = parse(text, {
      delimiter,
      bom: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      to: 40,
    });
  } catch {
    return 0;
  }
  const width = records[0]?.length ?? 0;
  if (width < 2) return 0;
  const even = records.filter((record) => record.length === width).length / records.length;
  return width * even * even;
}
