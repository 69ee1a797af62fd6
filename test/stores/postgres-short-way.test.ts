/** The short way of a prepared statement past pg: what goes it, and that everything else is answered as ever. */
import { EventEmitter } from "node:events";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { boundTo, plainRows } from "../../src/stores/postgres/messages.js";
import type { PgClient, PgConnection, PgInside, PgStream, RawRow } from "../../src/stores/postgres/pg-types.js";
import type { RawStatement } from "../../src/stores/postgres/raw-query.js";
import { loneRawRows } from "../../src/stores/postgres/raw-rows.js";
import { ShortWay } from "../../src/stores/postgres/short-way.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { postgresUrl } from "../support/postgres.js";

/** Rows with nothing, with nothing but nothing, and with bytes that look like the beginning or the end of an answer. */
const MANY = {
  name: "many",
  text: "select i, nullif(i, 2), 'é€😀2', repeat('Z', i) from generate_series(1, $1::integer) i",
};
const MANY_ROWS: RawRow[] = [
  ["1", "1", "é€😀2", "Z"],
  ["2", null, "é€😀2", "ZZ"],
  ["3", "3", "é€😀2", "ZZZ"],
];

let client: pg.Client;
let stream: PgStream & EventEmitter & { destroy(): void };
/** How often pg was told that a query is done: not for those that went the short way. */
let toldPg: number;

beforeEach(async () => {
  client = new pg.Client({ connectionString: postgresUrl(), query_timeout: 10_000 });
  client.on("error", () => {});
  await client.connect();
  const { connection } = client as unknown as { connection: PgConnection & EventEmitter };
  stream = connection.stream as typeof stream;
  toldPg = 0;
  connection.on("readyForQuery", () => toldPg++);
  await ask(MANY.name, MANY.text, [1]);
});
afterEach(() => client.end());

const asClient = (one: unknown): PgClient => one as PgClient;
function ask(name: string, text: string, values: readonly unknown[]): Promise<RawRow[]> {
  return loneRawRows(asClient(client), { name, text, values });
}
const many = (count: number): Promise<RawRow[]> => ask(MANY.name, MANY.text, [count]);
async function heardByPg(work: () => Promise<unknown>): Promise<number> {
  const before = toldPg;
  await work();
  return toldPg - before;
}

/** Lets whoever reads have what comes in these pieces. */
function readIn(pieces: (chunk: Buffer) => Buffer[]): void {
  const [read] = stream.listeners("data") as ((chunk: Buffer) => void)[];
  stream.removeAllListeners("data");
  stream.on("data", (chunk) => {
    for (const piece of pieces(chunk)) read!(piece);
  });
}

/** A message of the server's own accord. */
function message(type: string, ...texts: string[]): Buffer {
  const body = Buffer.from(texts.map((text) => `${text}\0`).join(""));
  const head = Buffer.from(`${type}\0\0\0\0`);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
const NOTICE = message("N", "SNOTICE", "C00000", "MHow do you do?", "");
const NOTIFICATION = message("A", "\0\0\x012channel", "payload");
const SETTING = message("S", "application_name", "2\0");

describe("a prepared statement", () => {
  it("that is answered plainly goes past pg: rows, no rows, nothing in them, and many", async () => {
    const heard = await heardByPg(async () => {
      expect(await many(3)).toEqual(MANY_ROWS);
      expect(await many(0)).toEqual([]);
      expect(await many(100)).toHaveLength(100);
    });
    expect(heard).toBe(0);
  });

  it("carries texts of every length and script, numbers, truth and nothing", async () => {
    const text = "select $1::text, $2::integer, $3::boolean, $4::text, $5::text";
    const long = 'é€😀\\"'.repeat(5_000);
    await ask("echo", text, ["", 0, true, null, ""]);
    const heard = await heardByPg(async () => {
      expect(await ask("echo", text, ["é€😀\ud800", -41, false, null, ""])).toEqual([
        ["é€😀\ufffd", "-41", "f", null, ""],
      ]);
    });
    expect(heard).toBe(0);
    expect(await ask("echo", text, [long, 1, true, undefined, long])).toEqual([[long, "1", "t", null, long]]);
  });

  it("is answered alike, wherever its answer is cut in two, and the next goes the short way again", async () => {
    let at = 0;
    let length = 0;
    readIn((chunk) => {
      length = chunk.length;
      return at === 0 || at >= length ? [chunk] : [chunk.subarray(0, at), chunk.subarray(at)];
    });
    await many(3);
    const { length: whole } = { length };
    for (let cut = 1; cut < whole; cut++) {
      at = cut;
      expect(await many(3)).toEqual(MANY_ROWS);
      at = 0;
      expect(await heardByPg(() => many(3))).toBe(0);
    }
  });

  it("is answered alike, when its answer comes byte by byte", async () => {
    readIn((chunk) => Array.from(chunk, (_, i) => chunk.subarray(i, i + 1)));
    for (let i = 0; i < 3; i++) expect(await many(3)).toEqual(MANY_ROWS);
  });

  it("has answers of many chunks, and the next goes the short way again", async () => {
    const rows = await ask("big", "select repeat('x', 200000 + i) from generate_series(1, $1::integer) i", [3]);
    expect(rows.map(([text]) => text!.length)).toEqual([200_001, 200_002, 200_003]);
    for (const _ of [1, 2]) await ask("big", "", [3]);
    expect(await heardByPg(() => many(3))).toBe(0);
  });

  it("leaves to pg what the server says of its own accord, before an answer, behind it, and cut anywhere", async () => {
    const heard: string[] = [];
    client.on("notice", ({ message: text }) => heard.push(text!));
    client.on("notification", ({ channel, payload }) => heard.push(`${channel} ${payload}`));
    const said = Buffer.concat([NOTICE, NOTIFICATION, SETTING]);
    let pieces: (answer: Buffer) => Buffer[] = (answer) => [answer];
    readIn((chunk) => pieces(chunk));
    for (const both of [
      (answer: Buffer): Buffer => Buffer.concat([said, answer]),
      (answer: Buffer): Buffer => Buffer.concat([answer, said]),
    ]) {
      for (let cut = 0; cut < said.length; cut++) {
        heard.length = 0;
        pieces = (answer) =>
          [both(answer).subarray(0, cut), both(answer).subarray(cut)].filter(({ length }) => length > 0);
        expect(await many(3)).toEqual(MANY_ROWS);
        expect(heard).toEqual(["How do you do?", "channel payload"]);
        pieces = (answer) => [answer];
        expect(await heardByPg(() => many(3))).toBe(0);
      }
    }
  });

  it("waits for pg, where half a notice came before it was sent", async () => {
    let before: Buffer = NOTICE.subarray(0, 9);
    let left: Buffer = NOTICE.subarray(9);
    const [read] = stream.listeners("data") as ((chunk: Buffer) => void)[];
    read!(before);
    stream.removeAllListeners("data");
    stream.on("data", (chunk) => {
      before = Buffer.concat([left, chunk]);
      left = Buffer.alloc(0);
      read!(before);
    });
    expect(await heardByPg(async () => expect(await many(3)).toEqual(MANY_ROWS))).toBe(1);
    expect(await heardByPg(() => many(3))).toBe(0);
  });

  it("fails with what the server said, before its rows and between them, and the next is answered", async () => {
    const text = "select 6 / (i - 3) from generate_series($1::integer, 5) i";
    await ask("quotients", text, [4]);
    for (const from of [1, 3]) {
      await expect(ask("quotients", text, [from])).rejects.toMatchObject({ code: "22012", severity: "ERROR" });
      expect(await ask("quotients", text, [4])).toEqual([["6"], ["3"]]);
    }
    expect(await heardByPg(() => ask("quotients", text, [4]))).toBe(0);
  });

  it("fails when the connection breaks while it waits", async () => {
    const rows = many(3);
    stream.destroy();
    await expect(rows).rejects.toThrow("terminated unexpectedly");
  });

  it("fails when the connection breaks within the answer", async () => {
    readIn((chunk) => {
      stream.destroy();
      return [chunk.subarray(0, 20)];
    });
    await expect(many(3)).rejects.toThrow("terminated unexpectedly");
    await expect(many(3)).rejects.toThrow("not queryable");
  });

  it("fails with what the server said when somebody ends the connection", async () => {
    await ask("sleep", "select pg_sleep($1::float8), pg_backend_pid()", [0]);
    const failure = ask("sleep", "", [30]).catch((error: unknown) => error);
    const { processID } = client as unknown as { processID: number };
    const admin = new pg.Client(postgresUrl());
    await admin.connect();
    await admin.query("select pg_terminate_backend($1)", [processID]);
    await admin.end();
    expect(await failure).toMatchObject({ code: "57P01" });
  });

  it("waits for one of pg's own that is under way", async () => {
    const first = client.query("select pg_sleep(0.02)");
    const heard = heardByPg(() => many(3));
    await first;
    expect(await heard).toBe(2);
  });

  it("that is sent while another waits has its own answer", async () => {
    const rows = [1, 2, 3].map((count) => MANY_ROWS.slice(0, count));
    expect(await Promise.all([many(1), many(2), many(3)])).toEqual(rows);
  });
});

describe("a statement that is not answered", () => {
  it("is given up by pg, which is told of it after half a second or a whole one", async () => {
    const clock = new FakeClock();
    const silent = new SilentClient();
    const way = ShortWay.over(asClient(silent), clock)!;
    const statement: RawStatement = { name: "known", text: "select 1", values: [] };
    const rows = way.rows(statement);
    await clock.advance(999);
    expect(silent.queries).toHaveLength(0);
    await clock.advance(1);
    expect(silent.queries).toHaveLength(1);
    silent.queries[0]!.handleError(new Error("Query read timeout"));
    await expect(rows).rejects.toThrow("Query read timeout");
  });
});

it("takes nothing for an answer that is the rest of a message", async () => {
  const silent = new SilentClient();
  const way = ShortWay.over(asClient(silent))!;
  const { stream: wire } = silent.connection;
  const answer = Buffer.concat([message("2"), message("C", "SELECT 0"), Buffer.from("Z\0\0\0\x05I")]);
  const body = Buffer.from(`N\0\0\0${String.fromCharCode(4 + answer.length)}`);
  // The header comes in two pieces, both before the statement is sent.
  for (const piece of [body.subarray(0, 2), body.subarray(2)]) wire.emit("data", piece);
  expect(way.rows({ name: "known", text: "", values: [] })).toBe(null);
  wire.emit("data", answer);
  expect(Buffer.concat(silent.heard)).toEqual(Buffer.concat([body, answer]));
  const rows = way.rows({ name: "known", text: "", values: [] });
  wire.emit("data", answer);
  expect(await rows).toEqual([]);
});

describe("a client of pg that is not as expected", () => {
  it.each<[why: string, PgInside & Record<string, unknown>]>([
    ["shows no wire", {}],
    ["has a wire of another make", { connection: {} }],
  ])("is asked as its documentation has it, where it %s", async (_, inside) => {
    const strange = { ...inside, query: (query: never) => client.query(query) };
    expect(await loneRawRows(asClient(strange), { ...MANY, values: [3] })).toEqual(MANY_ROWS);
  });

  it.each(["readyForQuery", "parsedStatements"])("is asked as its documentation has it, without %s", (missing) => {
    const silent = new SilentClient();
    Object.assign(missing === "readyForQuery" ? silent : silent.connection, { [missing]: undefined });
    expect(ShortWay.over(asClient(silent))!.rows({ name: "known", text: "", values: [] })).toBe(null);
  });

  it("is asked as its documentation has it, where somebody else reads too", () => {
    const silent = new SilentClient();
    silent.connection.stream.on("data", () => {});
    expect(ShortWay.over(asClient(silent))).toBe(null);
  });
});

describe("an answer", () => {
  it("is plain only when it is whole and ends where it says", async () => {
    let answer = Buffer.alloc(0);
    readIn((chunk) => [(answer = Buffer.from(chunk))]);
    await many(3);
    expect(plainRows(answer)).toEqual(MANY_ROWS);
    for (let end = 0; end < answer.length; end++) expect(plainRows(answer.subarray(0, end))).toBe(null);
    for (let start = 1; start < answer.length; start++) expect(plainRows(answer.subarray(start))).toBe(null);
    expect(plainRows(Buffer.concat([answer, answer]))).toBe(null);
    for (const said of [NOTICE, NOTIFICATION, SETTING]) {
      expect(plainRows(Buffer.concat([answer.subarray(0, 5), said, answer.subarray(5)]))).toBe(null);
      expect(plainRows(Buffer.concat([answer.subarray(0, -6), said, answer.subarray(-6)]))).toBe(null);
    }
  });
});

it("counts the bytes of a statement, not its letters", () => {
  const bytes = boundTo("é", ["€", null]);
  // Behind it come `Execute` with an empty name and no limit, and `Sync`.
  const [executeBytes, syncBytes] = [1 + 4 + 1 + 4, 1 + 4];
  expect(bytes.readInt32BE(1)).toBe(bytes.length - 1 - executeBytes - syncBytes);
});

/** Has prepared "known", and never answers. */
class SilentClient extends EventEmitter {
  readonly readyForQuery = true;
  readonly queries: { handleError(error: Error): void }[] = [];
  /** What came to pg. */
  readonly heard: Buffer[] = [];
  readonly connection = {
    parsedStatements: { known: "select 1" },
    stream: Object.assign(
      new EventEmitter().on("data", (chunk: Buffer) => this.heard.push(chunk)),
      { writable: true, write: () => true },
    ),
  };

  query(query: { handleError(error: Error): void }): void {
    this.queries.push(query);
  }
}
