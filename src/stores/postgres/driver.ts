/**
 * The way to PostgreSQL. A store needs little of it: run a statement, and hold one connection for a while. `pg` is an
 * optional dependency, so it is loaded when a store opens. Waiting here is always real time, whatever clock the store
 * was given: a server does not turn with a fake one.
 */
import { sleep, systemClock } from "../../core/clock.js";
import { WaymarkError } from "../../core/errors.js";
import { isBroken, isTransient, typed } from "./failures.js";
import { Gate } from "./gate.js";
import { checksum } from "./names.js";
import type { Statement } from "./sql.js";

export type Row = Record<string, unknown>;
/** A row as it came over the wire: the texts of its columns, in the order of the statement. */
export type RawRow = readonly (string | null)[];

/** Whatever can run a statement: a pool, a client, or a transaction of another library. */
export interface SqlExecutor {
  query(text: string, params?: unknown[]): Promise<{ rows: Row[] }>;
}

interface PgQuery {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
  /** Ms; the connection is given up after that. pg takes it with each query, though its types do not say so. */
  readonly query_timeout?: number;
  readonly rowMode?: "array";
  readonly types?: { getTypeParser(): (text: string) => string };
}
/** What the store uses of a client of `pg`. */
export interface PgClient {
  query(query: string | PgQuery): Promise<{ rows: Row[] }>;
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: "error", listener: () => void): unknown;
  release(error?: boolean): void;
}
/** What the store uses of a `pg.Pool`. */
export interface PgPool {
  readonly options?: { readonly max?: number };
  query(query: PgQuery): Promise<{ rows: Row[] }>;
  connect(): Promise<PgClient>;
  end(): Promise<void>;
}
interface PgModule {
  readonly Pool: new (config: Record<string, unknown>) => PgPool & { on(event: "error", listener: () => void): void };
  readonly Client: new (config: Record<string, unknown>) => ListenClient;
}
/** What listening needs of a client of its own. */
export interface ListenClient {
  connect(): Promise<void>;
  query(text: string, params?: unknown[]): Promise<{ rows: Row[] }>;
  on(event: string, listener: (message: { readonly payload?: string }) => void): unknown;
  end(): Promise<void>;
  /** Whether its socket keeps the process alive: it does unless told otherwise. */
  ref(): void;
  unref(): void;
}

export interface DriverOptions {
  readonly url: string | null;
  readonly pool: PgPool | null;
  readonly prepare: boolean;
  readonly maxConnections: number;
  readonly statementTimeoutMs: number;
}

/** Beyond the server's own timeout: the longest wait for an answer over a dead wire. */
const WIRE_SLACK_MS = 2_000;
/** For what may take its time: the longest that a timer holds. */
const NO_TIMEOUT_MS = 2_147_483_647;
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * Two statements that meet now and then (a sweep and a claim) want a second connection. Making one, and every plan of the
 * store anew on it, takes the one that came later longer than a hundred jobs.
 */
const IDLE_CONNECTION_MS = 60_000;
const TRANSIENT_TRIES = 8;
/** A lent connection that breaks rejects its query; its "error" event would end the process besides. */
const ignoreError = (): void => {};
/** Columns as they come: nothing is parsed, and no object is made of a row. */
const RAW = { rowMode: "array", types: { getTypeParser: () => (text: string) => text } } as const;

/** Loads `pg`. @throws {WaymarkError} `driver_missing` */
async function loadPg(): Promise<PgModule> {
  try {
    const loaded = (await import("pg")) as unknown as { default?: PgModule } & PgModule;
    return loaded.default ?? loaded;
  } catch (cause) {
    throw new WaymarkError("driver_missing", { driver: "pg" }, { cause });
  }
}

export async function openDriver(options: DriverOptions): Promise<Driver> {
  if (options.pool !== null) return new Driver(options.pool, false, options);
  const { Pool } = await loadPg();
  const pool = new Pool({
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: options.statementTimeoutMs + WIRE_SLACK_MS,
    keepAlive: true,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    // An idle store does not keep the process alive.
    allowExitOnIdle: true,
    // A transaction pooler hands connections round, so nothing may be set on one.
    ...(options.prepare ? { onConnect: (client: PgClient) => client.query(settings(options.statementTimeoutMs)) } : {}),
  });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on("error", () => {});
  return new Driver(pool, true, options);
}

/**
 * Every statement of the store walks indexes, so plans that read whole tables are never right, least of all when they
 * were made while a table was nearly empty and are kept after it has grown.
 */
function settings(statementTimeoutMs: number): string {
  return [
    "set timezone = 'UTC'",
    `set statement_timeout = ${Math.round(statementTimeoutMs)}`,
    "set enable_seqscan = off",
    "set enable_bitmapscan = off",
    "set enable_hashjoin = off",
    "set enable_mergejoin = off",
    "set plan_cache_mode = force_generic_plan",
    "set jit = off",
    // No key is looked up twice. PostgreSQL 13 does not know the word yet.
    "select case when current_setting('server_version_num')::integer >= 140000 then set_config('enable_memoize', 'off', false) end",
  ].join("; ");
}

export class Driver {
  readonly #pool: PgPool;
  readonly #owned: boolean;
  readonly #prepare: boolean;
  readonly #longestWaitMs: number;
  readonly #preparedNames = new Map<Statement, string>();
  readonly #gate: Gate;

  constructor(pool: PgPool, owned: boolean, { prepare, statementTimeoutMs }: DriverOptions) {
    this.#pool = pool;
    this.#longestWaitMs = statementTimeoutMs + WIRE_SLACK_MS;
    this.#gate = new Gate(pool.options?.max ?? Number.POSITIVE_INFINITY);
    this.#owned = owned;
    this.#prepare = prepare;
  }

  /**
   * Runs one statement. Deadlocks and serialization failures are tried again; with `repeatable` a broken connection is
   * too, once: only for statements that may run twice.
   *
   * @param patienceMs  give up a connection that says nothing for so long, if that is shorter than for all others
   * @throws what PostgreSQL said, untyped: the caller may know what to make of it
   */
  run(statement: Statement, params: unknown[], repeatable = false, patienceMs?: number): Promise<Row[]> {
    const query = this.#queryOf(statement, params);
    const send = () => this.#send(patienceMs === undefined ? query : this.#within(query, patienceMs), repeatable);
    return statement.isUrgent ? send() : this.#gate.pass(send);
  }

  /** As `run`, for the statements that have most rows. */
  async runRaw(statement: Statement, params: unknown[], repeatable = false): Promise<RawRow[]> {
    const query = { ...this.#queryOf(statement, params), ...RAW };
    return (await this.#gate.pass(() => this.#send(query, repeatable))) as unknown as RawRow[];
  }

  async #send(query: PgQuery, repeatable: boolean): Promise<Row[]> {
    let mayReconnect = repeatable;
    const inVain = systemClock.monotonic() + (query.query_timeout ?? Number.POSITIVE_INFINITY);
    for (let tried = 1; ; tried++) {
      try {
        const { rows } = await this.#pool.query(query);
        return rows;
      } catch (error) {
        if (isBroken(error) && mayReconnect && systemClock.monotonic() < inVain) {
          mayReconnect = false;
          continue;
        }
        if (!isTransient(error) || tried >= TRANSIENT_TRIES) throw error;
        await sleep(systemClock, systemClock.random() * 5 * 2 ** tried);
      }
    }
  }

  /**
   * Several statements that take effect together. Deadlocks and serialization failures are tried again from the start,
   * so `work` may run more than once; a broken connection is not, since nobody knows whether the commit came through.
   */
  transaction<T>(work: (run: (statement: Statement, params: unknown[]) => Promise<Row[]>) => Promise<T>): Promise<T> {
    return this.#gate.pass(() => this.#transaction(work));
  }

  async #transaction<T>(
    work: (run: (statement: Statement, params: unknown[]) => Promise<Row[]>) => Promise<T>,
  ): Promise<T> {
    for (let tried = 1; ; tried++) {
      const client = await this.#pool.connect();
      client.on("error", ignoreError);
      let broken = false;
      try {
        await client.query("begin isolation level read committed");
        const done = await work(
          async (statement, params) => (await client.query(this.#queryOf(statement, params))).rows,
        );
        await client.query("commit");
        return done;
      } catch (error) {
        broken = isBroken(error);
        if (!broken) await client.query("rollback").catch(() => {});
        if (!isTransient(error) || tried >= TRANSIENT_TRIES) throw error;
      } finally {
        client.off("error", ignoreError);
        client.release(broken);
      }
      await sleep(systemClock, systemClock.random() * 5 * 2 ** tried);
    }
  }

  /** Lends one connection, for work that may take longer than a statement of the store. */
  hold<T>(use: (run: SqlExecutor) => Promise<T>): Promise<T> {
    return this.#gate.pass(() => this.#hold(use));
  }

  async #hold<T>(use: (run: SqlExecutor) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    client.on("error", ignoreError);
    let broken = false;
    try {
      return await use({
        query: (text, params) => {
          // pg takes the wait of one query, though its types do not say so.
          const patient = { text, query_timeout: NO_TIMEOUT_MS, ...(params === undefined ? {} : { values: params }) };
          return client.query(patient);
        },
      });
    } catch (error) {
      broken = isBroken(error);
      throw error;
    } finally {
      client.off("error", ignoreError);
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    if (this.#owned) await this.#pool.end();
  }

  #within(query: PgQuery, patienceMs: number): PgQuery {
    return { ...query, query_timeout: Math.min(patienceMs, this.#longestWaitMs) };
  }

  #queryOf(statement: Statement, values: unknown[]): PgQuery {
    const { name, text } = statement;
    if (!this.#prepare) return { text, values };
    let prepared = this.#preparedNames.get(statement);
    if (prepared === undefined) {
      // The checksum keeps stores of other schemas apart that share a pool.
      prepared = `waymark_${name}_${checksum(text)}`;
      this.#preparedNames.set(statement, prepared);
    }
    return { name: prepared, text, values };
  }
}

/** A connection for LISTEN alone. */
export async function openListenClient(url: string): Promise<ListenClient> {
  const { Client } = await loadPg();
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  return client;
}

/**
 * Runs `work`, and gives what it throws a type.
 *
 * @param where  host and port, for the message of a connection that failed
 */
export async function typedly<T>(work: () => Promise<T>, where: string | null): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw typed(error, where);
  }
}
