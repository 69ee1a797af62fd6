/** E11: every file that cannot be told ends with its code and a sentence a person can act on, never with a stack trace. */
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTable } from "../../examples/story/table/read-table.js";
import type { RefusalCode } from "../../examples/story/table/refuse.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "story-files-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
const cells = async (content: string | Uint8Array): Promise<Record<string, readonly string[]>> => {
  const table = await readTable(await file("table.csv", content));
  return Object.fromEntries(table.columns.map(({ name, cells }) => [name, cells]));
};

const REFUSED: [title: string, name: string, content: string | Uint8Array, code: RefusalCode, says: RegExp][] = [
  ["nothing at all", "a.csv", "", "empty_file", /is empty\. Choose a file/],
  ["only white space and a byte order mark", "b.csv", "\uFEFF \n\n", "empty_file", /is empty/],
  ["a header without rows", "c.csv", "name,age\n", "no_rows", /column names but no rows/],
  ["a header and rows of delimiters only", "d.csv", "name,age\n,\n,\n", "no_rows", /no rows/],
  ["NUL bytes", "e.csv", new Uint8Array([97, 44, 98, 10, 0, 44, 1]), "not_a_csv", /is not text/],
  ["NUL bytes past the first look", "f.csv", `a,b\n${"1,2\n".repeat(40_000)}\0,1\n`, "not_a_csv", /is not text/],
  [
    "bytes that are no UTF-8",
    "g.csv",
    new Uint8Array([97, 44, 98, 10, 0xe4, 44, 49, 10]),
    "not_a_csv",
    /Save it as "CSV UTF-8"/,
  ],
  ["a workbook", "h.xlsx", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]), "not_a_csv", /spreadsheet.*save the sheet as CSV/],
  ["a PDF", "i.pdf", "%PDF-1.7\n1 0 obj\n", "not_a_csv", /is a PDF/],
  ["a web page", "j.csv", "<!doctype html><p>Sign in, please</p>", "not_a_csv", /web page/],
  ["JSON", "k.csv", '[{"a": 1, "b": 2}]', "not_a_csv", /is JSON/],
  [
    "a quotation mark that never closes",
    "l.csv",
    'a,b\n"1,2\n3,4\n',
    "not_a_csv",
    /quotation mark is opened and never closed/,
  ],
  ["more columns than can be told", "m.csv", `${"x,".repeat(200)}x\n`, "too_many_columns", /201 columns; at most 200/],
  [
    "rows that do not fit the columns",
    "n.csv",
    "a,b\n1,2\n1\n1\n1,2,3\n",
    "uneven_rows",
    /row 2 has 1 cell, the first row 2/,
  ],
];

describe("a file that cannot be told", () => {
  it.each(REFUSED)("E11 %s: refused with its code and a way out", async (_, name, content, code, says) => {
    const path = await file(name, content);
    await expect(readTable(path)).rejects.toMatchObject({
      code,
      category: "input",
      retryable: false,
      message: expect.stringMatching(says),
    });
    const message = await readTable(path).then(String, (error: Error) => error.message);
    expect(message).toContain(name);
    expect(message).not.toContain(folder);
    expect(message).toMatch(/(again|Choose a file with a header and some rows|some rows|rows and columns)\.$/);
  });

  it("E11 no such file, or a folder on the way that is none: file_not_found", async () => {
    for (const path of [join(folder, "nothing.csv"), join(await file("o.csv", "a\n1\n"), "deeper.csv")]) {
      await expect(readTable(path)).rejects.toMatchObject({ code: "file_not_found", category: "input" });
    }
  });

  it("E11 a folder: not_a_csv", async () => {
    await expect(readTable(folder)).rejects.toMatchObject({
      code: "not_a_csv",
      message: expect.stringContaining("is a folder"),
    });
  });

  it("E11 a file past the limit is refused by its size alone, before a byte is read", async () => {
    const path = join(folder, "huge.csv");
    const handle = await open(path, "w");
    await handle.truncate(1_000_000_000_000);
    await handle.close();
    const read: number[] = [];
    const reading = readTable(path, { onRead: async (done) => void read.push(done) });
    await expect(reading).rejects.toMatchObject({
      code: "too_large",
      message: "huge.csv has 1000 GB; at most 20 MB can be read. Choose a smaller file or a part of it.",
    });
    expect(read).toEqual([]);
  });

  it("a file exactly at the limit is read", async () => {
    const path = await file("limit.csv", "a,b\n1,2\n");
    await expect(readTable(path, { maxBytes: 8 })).resolves.toMatchObject({ rows: 1 });
    await expect(readTable(path, { maxBytes: 7 })).rejects.toMatchObject({ code: "too_large" });
  });
});

describe("an untidy file", () => {
  it("is read with commas, semicolons, tabs or bars between its cells", async () => {
    for (const delimiter of [",", ";", "\t", "|"]) {
      const lines = [
        ["name", "note"],
        ["Ada", "one"],
        ["Bo", "two"],
      ].map((row) => row.join(delimiter));
      expect(await cells(lines.join("\r\n"))).toEqual({ name: ["Ada", "Bo"], note: ["one", "two"] });
    }
  });

  it("keeps commas inside semicolon cells, and delimiters and lines inside quotes", async () => {
    expect(await cells('a;b\n1,5;"x;y"\n2,5;"two\nlines"\n')).toEqual({ a: ["1,5", "2,5"], b: ["x;y", "two\nlines"] });
    expect(await cells('a,b\n"say ""hi""",5" pipe\n')).toEqual({ a: ['say "hi"'], b: ['5" pipe'] });
  });

  it("is read with a byte order mark, as UTF-8 or UTF-16", async () => {
    expect(await cells("\uFEFFgrößte,b\n1,2\n")).toEqual({ größte: ["1"], b: ["2"] });
    expect(await cells(Buffer.from("\uFEFFgrößte\tb\n1\t2\n", "utf16le"))).toEqual({ größte: ["1"], b: ["2"] });
  });

  it("gets a name for every column, none twice, and __proto__ is a name like any other", async () => {
    const table = await readTable(await file("names.csv", "a,,a,__proto__\n1,2,3,4\n"));
    expect(table.columns.map(({ name }) => name)).toEqual(["a", "column 2", "a (2)", "__proto__"]);
    expect(table.columns.map(({ cells }) => cells[0])).toEqual(["1", "2", "3", "4"]);
  });

  it("without a header gets numbered columns and loses no row", async () => {
    const table = await readTable(await file("bare.csv", "2020-01-01,3\n2020-01-02,4\n"));
    expect(table).toMatchObject({ rows: 2, file: { hasHeader: false } });
    expect(table.columns.map(({ name }) => name)).toEqual(["column 1", "column 2"]);
  });

  it("with a few uneven rows is read, evened out, and says how many", async () => {
    const table = await readTable(await file("few.csv", `a,b\n${"1,2\n".repeat(20)}1\n1,2,3\n`));
    expect(table).toMatchObject({ rows: 22, file: { unevenRows: 2 } });
    expect(table.columns.map(({ cells }) => cells.slice(-2))).toEqual([
      ["1", "1"],
      ["", "2"],
    ]);
  });
});

describe("reading", () => {
  it("stops when its signal aborts, with the signal's reason", async () => {
    const path = await file("long.csv", `a,b\n${"1,2\n".repeat(500_000)}`);
    const stop = new AbortController();
    const reason = new Error("enough");
    let read = 0;
    const reading = readTable(path, {
      signal: stop.signal,
      onRead: async (done) => {
        read = done;
        stop.abort(reason);
      },
    });
    await expect(reading).rejects.toBe(reason);
    expect(read).toBeLessThan(1_000_000);
    await expect(readTable(path, { signal: stop.signal })).rejects.toBe(reason);
  });

  it("tells how far it is, up to the last byte", async () => {
    const content = `a,b\n${"1,2\n".repeat(50_000)}`;
    const told: [number, number][] = [];
    await readTable(await file("told.csv", content), { onRead: async (done, total) => void told.push([done, total]) });
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual([content.length, content.length]);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b));
  });
});
