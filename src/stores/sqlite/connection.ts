/**
 * One connection and its prepared statements. The SQL of this store names its parameters; here each name becomes a plain
 * `?`, because every driver takes those alike and binds them more than twice as fast as names.
 */

import type { SqliteDatabase, SqliteRow, SqliteStatement, SqliteValue } from "./driver.js";
import { LaneNumbers } from "./lane-numbers.js";

export type Params = Readonly<Record<string, SqliteValue>>;

interface Prepared {
  readonly statement: SqliteStatement;
  readonly names: readonly string[];
  /** The columns of its rows, when the driver can answer them as arrays; that is twice as fast as objects. */
  readonly columns: readonly string[] | null;
}

const NAME = /:([a-z][A-Za-z]*)/g;
/**
 * SQLite lets a plan depend on values that are bound bare, and then plans the statement anew each time it runs: in `limit ?`
 * (seven times the work of a claim's search), and from 3.54 on also in comparisons beside an order (three times that of a
 * lone enqueue). A sum and a plus in front change no value; SQLite does not look behind them, and keeps the plan.
 */
const BARE = /\?\d*/g;
const LIMIT = /\blimit \+\?/g;
const planned = (text: string): string => text.replace(BARE, "+$&").replace(LIMIT, "limit ? + 0");

export class Connection {
  readonly database: SqliteDatabase;
  /** The numbers of lanes that were there when a transaction committed; see lanes.ts. */
  readonly lanes = new LaneNumbers();
  #prepared = new Map<string, Prepared>();

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  /** Runs a statement that answers no rows; returns how many rows it changed. */
  run(sql: string, params: Params = {}): number {
    const { statement, names } = this.#prepare(sql);
    return Number(statement.run(...values(names, params)).changes);
  }

  /** As `run`, for a statement with many `?` and no names: the values in their order. */
  runList(sql: string, values: readonly SqliteValue[]): number {
    return Number(this.#prepare(sql).statement.run(...values).changes);
  }

  /** The first row, or undefined. For a statement that answers at most one. */
  get<Row = SqliteRow>(sql: string, params: Params = {}): Row | undefined {
    const { statement, names, columns } = this.#prepare(sql);
    const row = statement.get(...values(names, params)) ?? undefined;
    return (row === undefined || columns === null ? row : named(columns, row)) as Row | undefined;
  }

  all<Row = SqliteRow>(sql: string, params: Params = {}): Row[] {
    const { statement, names, columns } = this.#prepare(sql);
    const rows = statement.all(...values(names, params));
    return (columns === null ? rows : rows.map((row) => named(columns, row))) as Row[];
  }

  #prepare(sql: string): Prepared {
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      const names: string[] = [];
      const text = sql.replace(NAME, (_, name: string) => {
        names.push(name);
        return "?";
      });
      const statement = this.database.prepare(planned(text));
      prepared = { statement, names, columns: asArrays(statement) };
      this.#prepared.set(sql, prepared);
    }
    return prepared;
  }
}

function values(names: readonly string[], params: Params): SqliteValue[] {
  const bound = new Array<SqliteValue>(names.length);
  for (let i = 0; i < names.length; i++) {
    const value = params[names[i]!];
    if (value === undefined) throw new TypeError(`Nothing is given for the parameter ${names[i]}.`);
    bound[i] = value;
  }
  return bound;
}

/** Switches to rows as arrays where the driver can, and answers the names of their columns; else null. */
function asArrays(statement: SqliteStatement): string[] | null {
  if (statement.setReturnArrays === undefined) return null;
  const columns = statement.columns?.().map(({ name }) => name) ?? [];
  if (columns.length === 0) return null;
  statement.setReturnArrays(true);
  return columns;
}

function named(columns: readonly string[], row: unknown): SqliteRow {
  const named: SqliteRow = {};
  for (let i = 0; i < columns.length; i++) named[columns[i]!] = (row as unknown[])[i];
  return named;
}
