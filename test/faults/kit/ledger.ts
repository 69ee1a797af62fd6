/**
 * The ground truth: what really ran, written by the handlers themselves into a file outside the queue. Each line is one
 * `write` of an O_APPEND file, so lines of many processes never mix, and what is written outlives a `kill -9`.
 * child/ledger.mjs is the writing side.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";

export interface LedgerLine {
  /** Wall clock, ms. */
  readonly at: number;
  readonly pid: number;
  /** Ms since the machine started: the same for all its processes, and no turned clock changes it. */
  readonly upMs: number;
  /**
   * `begin` and `end` of a handler · `acked`: the worker was told that this ending is recorded · `lost`: it was told that
   * nothing it wrote counts · `signal`: the handler was told to stop · `trouble`: the worker tells of something.
   */
  readonly what: "begin" | "end" | "acked" | "lost" | "signal" | "trouble";
  readonly jobId?: string;
  readonly fence?: number;
  readonly [fact: string]: unknown;
}

export class Ledger {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** All lines so far. A last line that is still being written is left for the next look. */
  read(): LedgerLine[] {
    if (!existsSync(this.path)) return [];
    const text = readFileSync(this.path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    return whole.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as LedgerLine]));
  }

  /** Lines of one sort. */
  of(what: LedgerLine["what"]): LedgerLine[] {
    return this.read().filter((line) => line.what === what);
  }
}

/** Counts the lines of one sort in a ledger that grows, without reading any of it twice. */
export class LedgerCounter {
  readonly #path: string;
  readonly #mark: string;
  #position = 0;
  #rest = "";
  #count = 0;

  constructor({ path }: Ledger, what: LedgerLine["what"]) {
    this.#path = path;
    this.#mark = `"what":"${what}"`;
  }

  get count(): number {
    if (!existsSync(this.#path)) return 0;
    const file = openSync(this.#path, "r");
    try {
      const buffer = Buffer.alloc(65_536);
      for (let size = 1; size > 0; ) {
        size = readSync(file, buffer, 0, buffer.length, this.#position);
        this.#position += size;
        const lines = (this.#rest + buffer.toString("latin1", 0, size)).split("\n");
        this.#rest = lines.pop()!;
        for (const line of lines) if (line.includes(this.#mark)) this.#count++;
      }
    } finally {
      closeSync(file);
    }
    return this.#count;
  }
}
