/**
 * The shortest way of a prepared statement over a client of pg. Its messages go out as one, and an answer that came whole is
 * read in one go, while pg takes each of the four or more messages of an answer through half a dozen layers: in a process
 * that was idle before, and whose code is cold, that was a quarter of what the statement took (decision 0032).
 *
 * pg hears nothing of a statement that is answered plainly. As soon as anything else comes (an error, a notice, a part of an
 * answer), or nothing for a while, it is told of the query, and reads all of the answer itself.
 */
import { type Clock, systemClock } from "../../core/clock.js";
import { boundTo, plainRows } from "./messages.js";
import type { PgClient, PgInside, PgStream, RawRow } from "./pg-types.js";
import { RawQuery, type RawStatement } from "./raw-query.js";
import { Wholeness } from "./wholeness.js";

/** After so long without an answer, and after twice that at the latest, pg is told; it gives the connection up in time. */
const PATIENCE_MS = 500;

type Read = (chunk: Buffer) => void;

/** A statement that waits for its answer. */
interface Asked {
  readonly statement: RawStatement;
  readonly resolve: (rows: RawRow[]) => void;
  readonly reject: (error: Error) => void;
  isLate: boolean;
}

export class ShortWay {
  readonly #client: PgClient;
  readonly #stream: PgStream;
  readonly #readAsPg: Read;
  readonly #clock: Clock;
  /** Of what pg was given to read. */
  readonly #wholeness = new Wholeness();
  #asked: Asked | null = null;
  #isWatched = false;

  /** To be laid while nothing is under way. null where pg is not as expected: then everything goes pg's way. */
  static over(client: PgClient, clock: Clock = systemClock): ShortWay | null {
    const stream = (client as PgInside).connection?.stream;
    const [read, ...others] = stream?.listeners?.("data") ?? [];
    if (stream === undefined || typeof read !== "function" || others.length > 0) return null;
    return new ShortWay(client, stream, read as Read, clock);
  }

  private constructor(client: PgClient, stream: PgStream, readAsPg: Read, clock: Clock) {
    this.#client = client;
    this.#stream = stream;
    this.#readAsPg = readAsPg;
    this.#clock = clock;
    stream.on("data", (chunk) => this.#read(chunk));
    stream.off("data", readAsPg);
    client.on("error", (error: Error) => this.#broke(error));
  }

  /**
   * Sends a statement that this connection has prepared. Nobody else may ask the client anything until it is answered.
   *
   * @returns null where pg has to be asked
   * @throws what PostgreSQL said
   */
  rows(statement: RawStatement): Promise<RawRow[]> | null {
    const { name, values, query_timeout } = statement;
    // pg puts them into a line.
    if (this.#asked !== null) this.#handOver(this.#asked);
    if (name === undefined || query_timeout !== undefined || !this.#isFree(name)) return null;
    if (!this.#isWatched) this.#watch();
    return new Promise((resolve, reject) => {
      this.#stream.write(boundTo(name, values));
      this.#asked = { statement, resolve, reject, isLate: false };
    });
  }

  #isFree(name: string): boolean {
    const { connection, readyForQuery } = this.#client as PgInside;
    if (readyForQuery !== true || !this.#stream.writable || !this.#wholeness.isWhole) return false;
    return connection?.parsedStatements?.[name] !== undefined;
  }

  #read(chunk: Buffer): void {
    const asked = this.#asked;
    if (asked !== null) {
      const rows = plainRows(chunk);
      if (rows !== null) {
        this.#asked = null;
        return asked.resolve(rows);
      }
      this.#handOver(asked);
    }
    this.#wholeness.follow(chunk);
    this.#readAsPg(chunk);
  }

  #handOver({ statement, resolve, reject }: Asked): void {
    this.#asked = null;
    this.#client.query(new RawQuery(statement, resolve, reject, true));
  }

  /** One timer serves many statements. */
  #watch(): void {
    this.#isWatched = true;
    this.#clock.after(PATIENCE_MS, () => {
      this.#isWatched = false;
      if (this.#asked === null) return;
      if (this.#asked.isLate) return this.#handOver(this.#asked);
      this.#asked.isLate = true;
      this.#watch();
    });
  }

  /** pg tells whoever's queries it knows, and with this event everybody else. */
  #broke(error: Error): void {
    const asked = this.#asked;
    this.#asked = null;
    asked?.reject(error);
  }
}
