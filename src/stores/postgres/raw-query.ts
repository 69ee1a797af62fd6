/**
 * A query of which nothing is wanted but the texts of its rows. pg's own asks the server each time what the columns are, makes
 * an object of each, and looks up how to read it; where a process was idle before, and its code is cold, that took half of
 * the time between a lone statement and its answer (decision 0022).
 */
import { textOf } from "./messages.js";
import type { PgConnection, PgSubmittable, RawRow } from "./pg-types.js";

export interface RawStatement {
  /** Of the prepared statement; without one, the text is sent each time. */
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Ms without an answer after which the connection is given up; default that of the client. */
  readonly query_timeout?: number;
}

export class RawQuery implements PgSubmittable {
  readonly name?: string;
  readonly text: string;
  readonly query_timeout?: number;
  callback: (error: Error | null) => void;
  readonly #values: readonly (string | null)[];
  readonly #isSent: boolean;
  readonly #rows: RawRow[] = [];

  /** @param isSent  whether its messages are out already, so that there is but an answer to be read */
  constructor(
    { name, text, values, query_timeout }: RawStatement,
    resolve: (rows: RawRow[]) => void,
    reject: (error: Error) => void,
    isSent = false,
  ) {
    if (name !== undefined) this.name = name;
    this.text = text;
    if (query_timeout !== undefined) this.query_timeout = query_timeout;
    this.#values = values.map(textOf);
    this.#isSent = isSent;
    this.callback = (error) => (error === null ? resolve(this.#rows) : reject(error));
  }

  /** All messages of it go out as one. */
  submit(connection: PgConnection): null {
    if (this.#isSent) return null;
    const { name, text } = this;
    const named = name === undefined ? {} : { name };
    connection.stream.cork();
    try {
      if (name === undefined || connection.parsedStatements[name] === undefined) connection.parse({ ...named, text });
      connection.bind({ ...(name === undefined ? {} : { statement: name }), values: this.#values });
      connection.execute({});
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
    return null;
  }

  handleDataRow({ fields }: { readonly fields: RawRow }): void {
    this.#rows.push(fields);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleRowDescription(): void {}
  handlePortalSuspended(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
}
