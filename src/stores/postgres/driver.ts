/**
 * The way to PostgreSQL. A store needs little of it: run a statement, and hold one connection for a while. `pg` is an
 * optional dependency, so it is loaded when a store opens. Waiting here is always real time, whatever clock the store
 * was given: a server does not turn with a fake one.
 */
import { sleep, systemClock } from "../../core/clock.js";
import { WaymarkError } from "../../core/errors.js";
import { Connections } from "./connections.js";
import { isBroken, isTransient, typed } from "./failures.js";
import { Gate } from "./gate.js";
import { checksum } from "./names.js";
import type { ListenClient, PgClient, PgModule, PgPool, PgQuery, RawRow, Row, SqlExecutor } from "./pg-types.js";
import { loneRawRows, rawRows } from "./raw-rows.js";
import type { Statement } from "./sql.js";

export type { ListenClient, PgPool, RawRow, Row, SqlExecutor } from "./pg-types.js";

export interface DriverOptions {
  readonly url: string | null;
  readonly pool: PgPool | null;
  readonly prepare: boolean;
  readonly maxConnections: number;
  readonly statementTimeoutMs: number;
}

/** The statements of a transaction. */
interface Within {
  run(statement: Statement, params: unknown[]): Promise<Row[]>;
  runRaw(statement: Statement, params: unknown[]): Promise<RawRow[]>;
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
  if (options.pool !== null) return new Driver(options.pool, null, options);
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
  return new Driver(pool, new Connections(pool, IDLE_CONNECTION_MS), options);
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
  /** Of a pool of the store's own. One that was given is used as pg's documentation has it, and by others too. */
  readonly #connections: Connections | null;
  readonly #prepare: boolean;
  readonly #longestWaitMs: number;
  readonly #preparedNames = new Map<Statement, string>();
  readonly #gate: Gate;

  constructor(pool: PgPool, connections: Connections | null, { prepare, statementTimeoutMs }: DriverOptions) {
    this.#pool = pool;
    this.#connections = connections;
    this.#longestWaitMs = statementTimeoutMs + WIRE_SLACK_MS;
    this.#gate = new Gate(pool.options?.max ?? Number.POSITIVE_INFINITY);
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
    const patient = patienceMs === undefined ? query : this.#within(query, patienceMs);
    return this.#send(statement, () => this.#rows(patient), repeatable, patient.query_timeout);
  }

  /** As `run`, but for the texts of the columns: for the statements that have most rows, and for those that must be quick. */
  runRaw(statement: Statement, params: unknown[], repeatable = false): Promise<RawRow[]> {
    const query = this.#queryOf(statement, params);
    return this.#send(statement, () => this.#rawRows(query), repeatable);
  }

  async #rows(query: PgQuery): Promise<Row[]> {
    if (this.#connections === null) return (await this.#pool.query(query)).rows;
    return this.#connections.use(async (client) => (await client.query(query)).rows);
  }

  async #rawRows(query: PgQuery & { readonly values: unknown[] }): Promise<RawRow[]> {
    if (this.#connections !== null) return this.#connections.use((client) => loneRawRows(client, query));
    return (await this.#pool.query({ ...query, ...RAW })).rows as unknown as RawRow[];
  }

  async #rawRowsOf(client: PgClient, query: PgQuery & { readonly values: unknown[] }): Promise<RawRow[]> {
    if (this.#connections !== null) return rawRows(client, query);
    return (await client.query({ ...query, ...RAW })).rows as unknown as RawRow[];
  }

  #send<T>(
    { isUrgent = false }: Statement,
    ask: () => Promise<T>,
    repeatable: boolean,
    patienceMs?: number,
  ): Promise<T> {
    const persist = () => this.#persist(ask, repeatable, patienceMs);
    return isUrgent ? persist() : this.#gate.pass(persist);
  }

  async #persist<T>(ask: () => Promise<T>, repeatable: boolean, patienceMs = Number.POSITIVE_INFINITY): Promise<T> {
    let mayReconnect = repeatable;
    const inVain = systemClock.monotonic() + patienceMs;
    for (let tried = 1; ; tried++) {
      try {
        return await ask();
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
  transaction<T>(work: (within: Within) => Promise<T>): Promise<T> {
    return this.#gate.pass(() => this.#transaction(work));
  }

  async #transaction<T>(work: (within: Within) => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#lend(async (client) => {
          try {
            await client.query("begin isolation level read committed");
            const done = await work({
              run: async (statement, params) => (await client.query(this.#queryOf(statement, params))).rows,
              runRaw: (statement, params) => this.#rawRowsOf(client, this.#queryOf(statement, params)),
            });
            await client.query("commit");
            return done;
          } catch (error) {
            if (!isBroken(error)) await client.query("rollback").catch(() => {});
            throw error;
          }
        });
      } catch (error) {
        if (!isTransient(error) || tried >= TRANSIENT_TRIES) throw error;
      }
      await sleep(systemClock, systemClock.random() * 5 * 2 ** tried);
    }
  }

  /** Lends one connection, for work that may take longer than a statement of the store. */
  hold<T>(use: (run: SqlExecutor) => Promise<T>): Promise<T> {
    const held = (client: PgClient): Promise<T> =>
      use({
        query: (text, params) => {
          // pg takes the wait of one query, though its types do not say so.
          const patient = { text, query_timeout: NO_TIMEOUT_MS, ...(params === undefined ? {} : { values: params }) };
          return client.query(patient);
        },
      });
    return this.#gate.pass(() => this.#lend(held));
  }

  #lend<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    return this.#connections === null ? this.#lendOfOthers(work) : this.#connections.use(work);
  }

  async #lendOfOthers<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    client.on("error", ignoreError);
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = isBroken(error);
      throw error;
    } finally {
      client.off("error", ignoreError);
      client.release(broken);
    }
  }

  /** A pool that was given stays open. */
  async close(): Promise<void> {
    await this.#connections?.close();
  }

  #within(query: PgQuery, patienceMs: number): PgQuery {
    return { ...query, query_timeout: Math.min(patienceMs, this.#longestWaitMs) };
  }

  #queryOf(statement: Statement, values: unknown[]): PgQuery & { readonly values: unknown[] } {
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
