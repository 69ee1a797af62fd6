/**
 * The store in PostgreSQL: for many machines. Every step is one statement, committed by itself; the server's clock rules;
 * calls that come while a statement is under way go into the next one together.
 */
import { type Batcher, createBatcher } from "../../core/batcher.js";
import { type Clock, systemClock } from "../../core/clock.js";
import { ClockGuard } from "../../core/clock-guard.js";
import { WaymarkError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";
import type { JobRecord, Tombstone } from "../../core/job.js";
import { assertOptions, type NamesOf } from "../../core/options.js";
import type * as contract from "../../core/store.js";
import { checkMigrateMode, type MigrateMode, type Migration, printMigrations } from "../migrate.js";
import { plain, texts } from "./arrays.js";
import * as calls from "./callback.js";
import { ClaimLog } from "./claim-log.js";
import * as control from "./control.js";
import type { Db } from "./db.js";
import { type Driver, openDriver, type PgPool, type SqlExecutor, typedly } from "./driver.js";
import { DueWatch } from "./due-watch.js";
import { checkJobs, enqueue, enqueueWithin, isKeyed } from "./enqueue.js";
import { examine } from "./examine.js";
import { isBadRow, placeOf } from "./failures.js";
import { Hints } from "./hints.js";
import * as hold from "./hold.js";
import { Lanes } from "./lanes.js";
import * as learned from "./learned.js";
import { LineMarks } from "./line-marks.js";
import { Listener } from "./listen.js";
import { claimNext } from "./lone-claim.js";
import { LoneJobs } from "./lone-jobs.js";
import { migrateSchema } from "./migrating.js";
import { migrationsFor } from "./migrations.js";
import { checksum, type Names, namesOf } from "./names.js";
import { ReadGuess } from "./read-guess.js";
import * as reading from "./reading.js";
import { kindOf, logLineOf, tombstoneOf, workerOf } from "./rows.js";
import { settle } from "./settle.js";
import { statementsFor } from "./sql.js";
import { start } from "./start.js";
import { sweep } from "./sweep.js";

export interface PostgresStoreOptions {
  /** Where PostgreSQL is: "postgres://user:password@host:port/database". Either this or `pool`. */
  readonly url?: string;
  /** A `pg.Pool` of your own. It stays yours: `close` does not end it. */
  readonly pool?: PgPool;
  /** Default "waymark". At most 48 of a–z, 0–9 and _. */
  readonly schema?: string;
  /** Put before the name of every table; default none. Same rule. */
  readonly prefix?: string;
  /** For tests: a clock other than `systemClock` rules instead of the server's. */
  readonly clock?: Clock;
  /** Default "auto". */
  readonly migrate?: MigrateMode;
  /** Default true. False behind a pooler that hands connections round by transaction. */
  readonly prepare?: boolean;
  /** Whether changes are announced and heard by NOTIFY; default true. Without it, other processes notice by polling. */
  readonly listen?: boolean;
  /** Where to LISTEN, when `url` leads to a pooler that cannot; default `url`. */
  readonly listenUrl?: string;
  /** Default 10; not for a pool of your own. One more is used to listen, while anybody listens. */
  readonly maxConnections?: number;
  /**
   * How long one statement may take, in ms; default 8,000. A connection that falls silent is given up 2 s later. Not for a
   * pool of your own.
   */
  readonly statementTimeoutMs?: number;
}

const NAMES: NamesOf<PostgresStoreOptions> = {
  url: true,
  pool: true,
  schema: true,
  prefix: true,
  clock: true,
  migrate: true,
  prepare: true,
  listen: true,
  listenUrl: true,
  maxConnections: true,
  statementTimeoutMs: true,
};
const MOST_CONNECTIONS = 10_000;
const STATEMENT_TIMEOUT_MS = 8_000;
/** Three weeks; a timer holds little more. */
const LONGEST_STATEMENT_MS = 1_814_400_000;
/** How long a connection that listens stays open when nobody wants to hear any more: making one costs more than a job. */
const LINGER_MS = 3_000;
const NOTIFY = { name: "notify", text: "select pg_notify($1, $2)" };
/** Items of one statement. */
const BATCH = 1_000;
/** Ids that are worth a statement beside another one. */
const READ_SHARE = 25;
/** Statements of one sort under way at once. */
const IN_FLIGHT = 2;

/**
 * Opens the store, and brings its schema up to date as `migrate` says.
 *
 * @throws {WaymarkError} `invalid_option`, `driver_missing`, `store_unavailable`, `store_refused`, `schema_outdated`,
 *   `schema_too_new`
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<contract.Store> {
  assertOptions(options, NAMES);
  const {
    url,
    pool,
    prepare = true,
    maxConnections = 10,
    statementTimeoutMs = STATEMENT_TIMEOUT_MS,
    migrate = "auto",
  } = options;
  if ((url === undefined) === (pool === undefined)) {
    throw new WaymarkError("invalid_option", { option: "url", problem: "give either a url or a pool" });
  }
  positive("maxConnections", maxConnections, MOST_CONNECTIONS);
  positive("statementTimeoutMs", statementTimeoutMs, LONGEST_STATEMENT_MS);
  checkMigrateMode(migrate);
  yesOrNo("prepare", prepare);
  yesOrNo("listen", options.listen ?? true);
  const names = namesOf(options.schema, options.prefix);
  return typedly(async () => {
    const driver = await openDriver({
      url: url ?? null,
      pool: pool ?? null,
      prepare,
      maxConnections,
      statementTimeoutMs,
    });
    try {
      await migrateSchema(driver, names, migrate);
    } catch (error) {
      await driver.close().catch(() => {});
      throw error;
    }
    return new PostgresStore(driver, names, options);
  }, placeOf(url));
}

/** The scripts that make the schema, for people who apply them with tools of their own. */
export function printPostgresMigrations(schema?: string, prefix?: string, found = 0): string {
  return printMigrations(postgresMigrations(schema, prefix), found);
}

/** The scripts one by one. */
export function postgresMigrations(schema?: string, prefix?: string): readonly Migration[] {
  return migrationsFor(namesOf(schema, prefix));
}

function positive(option: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  const problem = `it is a whole number from 1 to ${most.toLocaleString("en")}`;
  throw new WaymarkError("invalid_option", { option, problem });
}

function yesOrNo(option: string, value: unknown): void {
  if (typeof value !== "boolean") throw new WaymarkError("invalid_option", { option, problem: "it is true or false" });
}

class PostgresStore implements contract.Store {
  readonly name = "postgres";
  readonly durable = true;
  readonly address: contract.StoreAddress | null;
  readonly #driver: Driver;
  readonly #names: Names;
  readonly #db: Db;
  readonly #hints: Hints;
  readonly #where: string | null;
  readonly #listenAt: string | null;
  readonly #channel: string;
  readonly #origin: string;
  #listener: Listener | null = null;
  #cancelLinger = (): void => {};
  #closed = false;
  /** Calls under way, for \`close\`. */
  readonly #running = new Set<Promise<unknown>>();
  /** The caller's transactions, each with the last call made through it: one at a time. */
  readonly #transactions = new WeakMap<object, Promise<unknown>>();

  readonly #enqueue: Batcher<contract.NewJob, contract.EnqueueAnswer>;
  /** A key that somebody's open transaction has taken holds up its statement, but none without keys. */
  readonly #enqueueKeyed: Batcher<contract.NewJob, contract.EnqueueAnswer>;
  readonly #settle: Batcher<contract.Settlement, contract.SettleAnswer>;
  readonly #report: Batcher<contract.Report, contract.HoldAnswer>;
  readonly #reads: Readonly<Record<contract.ReadView, Batcher<reading.Wanted, JobRecord | Tombstone | null>>>;

  constructor(driver: Driver, names: Names, options: PostgresStoreOptions) {
    const { clock = systemClock, listen = true } = options;
    this.#driver = driver;
    this.#names = names;
    this.#where = placeOf(options.url);
    this.#channel = names.channel;
    this.#origin = checksum(`${systemClock.random()}.${systemClock.now()}`);
    this.#listenAt = listen ? (options.listenUrl ?? options.url ?? null) : null;
    this.address = addressOf(options);
    const sql = statementsFor(names);
    const lone = new LoneJobs(clock);
    const guess = new ReadGuess();
    this.#hints = new Hints({
      onHint: (hint) => {
        lone.heard(hint);
        guess.heard(hint);
      },
      channel: names.channel,
      origin: this.#origin,
      send: listen ? ({ channel, payload }) => driver.run(NOTIFY, [channel, payload]) : null,
    });
    const db: Db = {
      sql,
      driver,
      hints: this.#hints,
      due: new DueWatch(clock),
      lanes: new Lanes(),
      claims: new ClaimLog(),
      marks: new LineMarks(clock),
      lone,
      guess,
      probe: () => this.#listener?.carry() ?? null,
      clock,
      guard: new ClockGuard(null),
      now: clock === systemClock ? () => null : () => clock.now(),
      run: (statement, params, repeatable, patienceMs) => driver.run(statement, params, repeatable, patienceMs),
      runRaw: (statement, params, repeatable) => driver.runRaw(statement, params, repeatable),
    };
    this.#db = db;
    const batch = <T, R>(run: (items: readonly T[]) => Promise<readonly R[]>, share = BATCH): Batcher<T, R> =>
      createBatcher({ run, maxItems: BATCH, inFlight: IN_FLIGHT, share, splitOnError: isBadRow });
    this.#enqueue = batch((jobs) => enqueue(db, jobs));
    this.#enqueueKeyed = batch((jobs) => enqueue(db, jobs));
    this.#settle = batch((settlements) => settle(db, settlements));
    this.#report = batch((reports) => hold.report(db, reports));
    const reader = (view: contract.ReadView) =>
      batch((wanted: readonly reading.Wanted[]) => reading.read(db, view, wanted), READ_SHARE);
    this.#reads = { status: reader("status"), info: reader("info"), full: reader("full") };
  }

  enqueue(jobs: readonly contract.NewJob[], tx?: unknown): Promise<contract.EnqueueAnswer[]> {
    return this.#do(() => {
      checkJobs(jobs);
      if (tx !== undefined) return this.#within(executorOf(tx), jobs);
      return jobs.some(isKeyed) ? this.#enqueueKeyed.many(jobs) : this.#enqueue.many(jobs);
    });
  }

  claim(request: contract.ClaimRequest): Promise<contract.Claim> {
    return this.#do(() => claimNext(this.#db, request));
  }

  start(requests: readonly contract.StartRequest[]): Promise<contract.StartAnswer[]> {
    return this.#do(() => start(this.#db, requests));
  }

  extend(beat: contract.Heartbeat): Promise<contract.HoldAnswer[]> {
    return this.#do(() => hold.extend(this.#db, beat));
  }

  report(reports: readonly contract.Report[]): Promise<contract.HoldAnswer[]> {
    return this.#do(() => this.#report.many(reports));
  }

  settle(settlements: readonly contract.Settlement[]): Promise<contract.SettleAnswer[]> {
    return this.#do(() => this.#settle.many(settlements));
  }

  callback(requests: readonly contract.CallbackRequest[]): Promise<contract.CallbackAnswer[]> {
    return this.#do(() => calls.callback(this.#db, requests));
  }

  callbacks(jobIds: readonly string[]): Promise<contract.CallbackRecord[][]> {
    return this.#do(() => calls.callbacks(this.#db, jobIds));
  }

  sweep(limit: number): Promise<contract.Swept> {
    return this.#do(() => sweep(this.#db, limit));
  }

  cancel(requests: readonly contract.CancelRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#do(() => control.cancel(this.#db, requests));
  }

  retry(requests: readonly contract.RetryRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#do(() => control.retry(this.#db, requests));
  }

  purge(request: contract.PurgeRequest): Promise<Tombstone[]> {
    return this.#do(() => control.purge(this.#db, request));
  }

  remove(requests: readonly contract.RemoveRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#do(() => control.remove(this.#db, requests));
  }

  read({ jobIds, view, owner }: contract.ReadRequest): Promise<(JobRecord | Tombstone | null)[]> {
    const wanted = jobIds.map((jobId) => ({ jobId, owner: owner ?? null }));
    return this.#do(() => this.#reads[view].many(wanted));
  }

  list(query: contract.ListQuery): Promise<JobRecord[]> {
    return this.#do(() => reading.list(this.#db, query));
  }

  counts(filter: contract.CountFilter): ReturnType<contract.Store["counts"]> {
    return this.#do(() => reading.counts(this.#db, filter));
  }

  trail(jobIds: readonly string[]): ReturnType<contract.Store["trail"]> {
    return this.#do(() => reading.trails(this.#db, jobIds));
  }

  tombstones(after: string | null, limit: number): Promise<Tombstone[]> {
    return this.#do(async () => (await this.#db.run(this.#db.sql.tombstones, [after, limit], true)).map(tombstoneOf));
  }

  logs(jobId: string): Promise<contract.StoredLogLine[]> {
    return this.#do(async () => (await reading.logRows(this.#db, jobId)).map(logLineOf));
  }

  pauseQueue(queue: string, actor: string): Promise<void> {
    return this.#do(async () => {
      await this.#db.run(this.#db.sql.pauseQueue, [this.#db.now(), queue, actor], true);
      this.#db.lone.forget();
    });
  }

  resumeQueue(queue: string): Promise<void> {
    return this.#do(async () => {
      await this.#db.run(this.#db.sql.resumeQueue, [queue], true);
      this.#db.marks.stale();
      this.#hints.tell({ waiting: true, jobs: "any" });
    });
  }

  queues(): Promise<contract.QueueFacts[]> {
    return this.#do(() => reading.queues(this.#db));
  }

  workers(): Promise<contract.WorkerRecord[]> {
    return this.#do(async () => {
      await this.#db.run(this.#db.sql.forgetWorkers, [this.#db.now()], true);
      return (await this.#db.run(this.#db.sql.workers, [this.#db.now()], true)).map(workerOf);
    });
  }

  saveKinds(kinds: readonly contract.KindFacts[]): Promise<void> {
    // The last of one call wins too; a statement would refuse to write one row twice.
    const last = [...new Map(kinds.map((kind) => [kind.kind, kind])).values()];
    return this.#do(async () => {
      if (last.length === 0) return;
      await this.#db.run(
        this.#db.sql.saveKinds,
        [
          texts(last, ({ kind }) => kind),
          texts(last, ({ stages }) => JSON.stringify(stages)),
          plain(last, ({ targetMs }) => targetMs),
        ],
        true,
      );
    });
  }

  kinds(): Promise<contract.KindFacts[]> {
    return this.#do(async () => (await this.#db.run(this.#db.sql.kinds, [], true)).map(kindOf));
  }

  learn(samples: readonly contract.DurationSample[]): Promise<void> {
    return this.#do(() => learned.learn(this.#db, samples));
  }

  learned(kinds: readonly string[]): Promise<contract.LearnedDurations[]> {
    return this.#do(() => learned.learned(this.#db, kinds));
  }

  subscribe(listener: (hint: contract.Hint) => void, interest?: contract.HintInterest): () => void {
    const remove = this.#hints.add(listener, interest);
    this.#tuneIn();
    let done = false;
    return () => {
      if (done) return;
      done = true;
      remove();
      this.#tuneIn();
    };
  }

  get hearing(): "hears" | "connecting" | "deaf" | null {
    return this.#listener?.state ?? null;
  }

  examine(): Promise<Finding[]> {
    return this.#do(() => examine({ driver: this.#driver, names: this.#names, listenAt: this.#listenAt }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
    this.#hints.close();
    this.#cancelLinger();
    await this.#listener?.close();
    this.#listener = null;
    await this.#driver.close();
  }

  /** Listens while somebody here wants to hear, and a while longer: whoever waits for one job often waits for the next. */
  #tuneIn(): void {
    if (this.#listenAt === null || this.#closed) return;
    const { channels } = this.#hints;
    this.#cancelLinger();
    this.#listener?.wanted(channels);
    if (channels.length === 0) {
      this.#cancelLinger = systemClock.after(LINGER_MS, () => {
        void this.#listener?.close();
        this.#listener = null;
      });
      return;
    }
    this.#listener ??= new Listener({
      url: this.#listenAt,
      channel: this.#channel,
      channels,
      origin: this.#origin,
      notify: (channel, payload) => this.#driver.run(NOTIFY, [channel, payload]),
      onPayload: (payload) => this.#hints.receive(payload),
      onGap: () => this.#hints.tellHere({ waiting: true, jobs: "any" }),
    });
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new WaymarkError("closed"));
    const running = typedly(work, this.#where);
    this.#running.add(running);
    const done = (): void => void this.#running.delete(running);
    running.then(done, done);
    return running;
  }

  #within(tx: SqlExecutor, jobs: readonly contract.NewJob[]): Promise<contract.EnqueueAnswer[]> {
    const before = this.#transactions.get(tx) ?? Promise.resolve();
    const mine = before.then(() => enqueueWithin(this.#db, jobs, tx));
    this.#transactions.set(
      tx,
      mine.catch(() => {}),
    );
    return mine;
  }
}

function executorOf(tx: unknown): SqlExecutor {
  const query = (tx as { query?: unknown } | null)?.query;
  if (typeof query === "function") return tx as SqlExecutor;
  const problem = "it has no query(text, params) that answers with { rows }";
  throw new WaymarkError("transaction_not_supported", { problem });
}

/** Functions and clocks do not travel; whoever opens the store elsewhere need not migrate it again. */
function addressOf(options: PostgresStoreOptions): contract.StoreAddress | null {
  const { url, pool: _pool, clock: _clock, migrate: _migrate, ...rest } = options;
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = rest;
  return url === undefined ? null : { url, options: { ...rest, statementTimeoutMs, migrate: "off" } };
}
