/**
 * The store in one SQLite file, for many processes on one machine. Acknowledged means on disk; on-disk.ts says how. One
 * connection writes and reads; all writes go through the group commit of write-queue.ts. This file only binds: each step
 * is in the file of its theme, its statements in the file of the same theme under sql/.
 *
 * SQLite has one writer, and every write runs inside `begin immediate`, so a statement sees what the one before it wrote
 * and nobody comes between. The guards (fence, status, place) stand in the statements all the same: a lost lease changes
 * no row. In every statement `:now` is the store's clock; what a job remembers of it never runs backwards:
 * `max(:now, updated_at)`. What `place` means is told in migrations.ts.
 */
import { type Clock, systemClock } from "../../core/clock.js";
import { ClockGuard, type ClockReading } from "../../core/clock-guard.js";
import { assertMaxAttempts } from "../../core/define-job.js";
import { WaymarkError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";
import type { Tombstone } from "../../core/job.js";
import { assertOptions, type NamesOf } from "../../core/options.js";
import type * as contract from "../../core/store.js";
import { checkMigrateMode, type MigrateMode } from "../migrate.js";
import { Access, inBites } from "./access.js";
import { callback, callbacks } from "./callback.js";
import { claim, start } from "./claim.js";
import type { Connection } from "./connection.js";
import { cancel, remove, retry } from "./control.js";
import * as directory from "./directory.js";
import type { SqliteFactory } from "./driver.js";
import { enqueue, enqueueLone } from "./enqueue.js";
import { examine } from "./examine.js";
import { isBusy, typed } from "./failures.js";
import { Hints } from "./hints.js";
import { beat, extend, report } from "./hold.js";
import { joinTransaction } from "./join-transaction.js";
import { forgetDurations, learn, learned } from "./learned.js";
import { LogFlush } from "./log-flush.js";
import { LoneClaims } from "./lone-claim.js";
import { Disk } from "./on-disk.js";
import { openFile } from "./open.js";
import { purge } from "./purge.js";
import * as reading from "./reading.js";
import { settleAll, sweep } from "./settle.js";
import { runStep } from "./step.js";
import { type Transaction, touchedNothing } from "./transaction.js";
import { Wake } from "./wake.js";

export interface SqliteStoreOptions {
  /** Of the database file; relative to the working directory. The file and its directory are made when missing. */
  readonly path: string;
  readonly clock?: Clock;
  /** Default "auto": the schema is brought up to date when the store opens. */
  readonly migrate?: MigrateMode;
  /** Default "FULL". With "NORMAL" a power failure may take the last acknowledged writes; a crash of the process may not. */
  readonly synchronous?: "FULL" | "NORMAL";
  /** Opens the connection instead of the driver Waymark would load: `(path) => new Database(path)`. */
  readonly database?: SqliteFactory;
  /** How long a call waits while another process holds the write lock, before `store_unavailable`; default 10,000 ms. */
  readonly busyTimeoutMs?: number;
  /** Whether to notice writes of other processes by watching the file; default true. False leaves it to the caller's polls. */
  readonly watch?: boolean;
}

const NAMES: NamesOf<SqliteStoreOptions> = {
  path: true,
  clock: true,
  migrate: true,
  synchronous: true,
  database: true,
  busyTimeoutMs: true,
  watch: true,
};

/**
 * @throws {WaymarkError} `driver_missing`, `schema_outdated` (migrate: "check"), `schema_too_new`, `invalid_option`, or
 *   `store_refused` when the file cannot be used, `store_unavailable` when it stays locked
 */
export async function sqliteStore(options: SqliteStoreOptions): Promise<contract.Store> {
  assertOptions(options, NAMES);
  const {
    path,
    clock = systemClock,
    migrate = "auto",
    synchronous = "FULL",
    database,
    watch = true,
    busyTimeoutMs: busyMs = 10_000,
  } = options;
  if (path === "" || path.startsWith(":")) {
    throw new WaymarkError("invalid_option", { option: "path", problem: 'it names a file; for memory, use "memory:"' });
  }
  if (synchronous !== "FULL" && synchronous !== "NORMAL") {
    throw new WaymarkError("invalid_option", { option: "synchronous", problem: 'it is "FULL" or "NORMAL"' });
  }
  checkMigrateMode(migrate);
  if (!Number.isSafeInteger(busyMs) || busyMs < 0) {
    const problem = "it is a whole number of milliseconds, at least 0";
    throw new WaymarkError("invalid_option", { option: "busyTimeoutMs", problem });
  }
  if (typeof watch !== "boolean") {
    throw new WaymarkError("invalid_option", { option: "watch", problem: "it is true or false" });
  }
  const file = await openFile({ path, migrate, synchronous, database, busyMs });
  const address =
    database === undefined
      ? { url: `sqlite:${file.path}`, options: { migrate: "off", synchronous, watch, busyTimeoutMs: busyMs } }
      : null;
  const flush = LogFlush.open(file.path);
  const disk = new Disk({ connection: file.connection, clock, synchronous, flush });
  return new SqliteStore({ ...file, disk, synchronous, clock, watch, address, busyMs });
}

interface Parts {
  readonly connection: Connection;
  readonly disk: Disk;
  readonly synchronous: "FULL" | "NORMAL";
  readonly path: string;
  readonly clock: Clock;
  readonly watch: boolean;
  readonly address: contract.StoreAddress | null;
  readonly busyMs: number;
}

class SqliteStore implements contract.Store {
  readonly name = "sqlite";
  readonly durable = true;
  readonly address: contract.StoreAddress | null;
  readonly #path: string;
  readonly #synchronous: "FULL" | "NORMAL";
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #guard: ClockGuard;
  readonly #hints = new Hints();
  readonly #lone = new LoneClaims();
  readonly #access: Access;
  #closing: Promise<void> | null = null;

  constructor({ connection, disk, synchronous, path, clock, watch, address, busyMs }: Parts) {
    this.address = address;
    this.#path = path;
    this.#synchronous = synchronous;
    this.#connection = connection;
    this.#clock = clock;
    this.#guard = new ClockGuard({ wall: clock.now(), monotonic: clock.monotonic() });
    const hints = this.#hints;
    this.#access = new Access({ connection, disk, clock, busyMs, committed: hints.committed.bind(hints) });
    if (!watch) return;
    const version = (): number => versionOf(connection);
    hints.use(new Wake({ clock, path, version, changed: () => hints.changed() }));
  }

  async enqueue(jobs: readonly contract.NewJob[], tx?: unknown): Promise<contract.EnqueueAnswer[]> {
    for (const { maxAttempts } of jobs) assertMaxAttempts(maxAttempts);
    if (tx === undefined) return await this.#access.inParts(jobs, 1, enqueue, "beforeAnswered", enqueueLone);
    this.#access.assertOpen();
    try {
      // Told by the watch once the caller commits; until then there is nothing to tell.
      const connection = joinTransaction(tx, this.#path);
      const own = { connection, touched: touchedNothing(), now: this.#clock.now() };
      return runStep(own, (step) => enqueue(step, jobs));
    } catch (error) {
      throw typed(error);
    }
  }

  async claim(request: contract.ClaimRequest): Promise<contract.Claim> {
    const once = (): Promise<contract.Claim | "more"> =>
      this.#access.write(request.limit, (tx) => claim(tx, request, this.#lone), "soon");
    let claimed = await once();
    while (claimed === "more") claimed = await once();
    if (claimed.jobs.length > 0) this.#guard.leased(request.leaseMs, this.#reading());
    return claimed;
  }

  // The leases of recorded jobs last long, and do not prolong a pause: `leaseClock` looks after them.
  start(requests: readonly contract.StartRequest[]): Promise<contract.StartAnswer[]> {
    return this.#access.each(requests, 1, start);
  }

  async extend({ worker, leaseMs, leases }: contract.Heartbeat): Promise<contract.HoldAnswer[]> {
    // Asked for in one tick, so they are one transaction.
    const beaten = worker === null ? null : this.#access.write(1, (tx) => beat(tx, worker, leaseMs));
    const extended = this.#access.each(leases, 1, (tx, lease) => extend(tx, lease, leaseMs));
    const [answers] = await Promise.all([extended, beaten]);
    if (answers.some((answer) => answer !== "lost")) this.#guard.leased(leaseMs, this.#reading());
    return answers;
  }

  report(reports: readonly contract.Report[]): Promise<contract.HoldAnswer[]> {
    return this.#access.each(reports, 4, report);
  }

  settle(settlements: readonly contract.Settlement[]): Promise<contract.SettleAnswer[]> {
    return this.#access.inParts(settlements, 1, settleAll);
  }

  callback(requests: readonly contract.CallbackRequest[]): Promise<contract.CallbackAnswer[]> {
    return this.#access.each(requests, 6, callback);
  }

  async callbacks(jobIds: readonly string[]): Promise<contract.CallbackRecord[][]> {
    return this.#access.look((connection) => callbacks(connection, jobIds));
  }

  async sweep(limit: number): Promise<contract.Swept> {
    this.#access.assertOpen();
    const rescued: contract.SweptJob[] = [];
    const expired: contract.SweptJob[] = [];
    let paused = this.#isPaused(this.#clock.now());
    if (paused) return { rescued, expired, paused };
    await inBites(limit, 4, async (bite) => {
      const part = await this.#access.write(bite, (tx) => {
        // By the very reading that the step goes by: the clock may have jumped while the step waited for its turn.
        paused = this.#isPaused(tx.now);
        return paused ? { rescued: [], expired: [] } : sweep(tx, bite, this.#guard.leaseClock);
      });
      rescued.push(...part.rescued);
      expired.push(...part.expired);
      return Math.max(part.rescued.length, part.expired.length);
    });
    return { rescued, expired, paused };
  }

  #isPaused(wall: number): boolean {
    return this.#guard.isPaused({ wall, monotonic: this.#clock.monotonic() });
  }

  cancel(requests: readonly contract.CancelRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#access.each(requests, 4, cancel);
  }

  retry(requests: readonly contract.RetryRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#access.each(requests, 4, retry);
  }

  remove(requests: readonly contract.RemoveRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#access.each(requests, 4, remove);
  }

  async purge(request: contract.PurgeRequest): ReturnType<contract.Store["purge"]> {
    const tombstones: Tombstone[] = [];
    let isFirst = true;
    await inBites(request.limit, 2, async (limit) => {
      const work = (tx: Transaction): Tombstone[] => {
        if (isFirst) forgetDurations(tx);
        return purge(tx, { ...request, limit });
      };
      const part = await this.#access.write(limit, work, "beforeAnswered");
      isFirst = false;
      tombstones.push(...part);
      return part.length;
    });
    return tombstones;
  }

  async read(request: contract.ReadRequest): ReturnType<contract.Store["read"]> {
    const { jobIds, view } = request;
    const work = (connection: Connection, now: number): ReturnType<typeof reading.read> =>
      reading.read(connection, request, now);
    // The status of one job is one statement; it is asked for more often than anything else.
    return view === "status" && jobIds.length === 1 ? this.#access.glance(work) : this.#access.look(work);
  }

  async list(query: contract.ListQuery): ReturnType<contract.Store["list"]> {
    return this.#access.look((connection, now) => reading.list(connection, query, now));
  }

  async counts(filter: contract.CountFilter): ReturnType<contract.Store["counts"]> {
    return this.#access.look((connection, now) => reading.counts(connection, filter, now));
  }

  async trail(jobIds: readonly string[]): ReturnType<contract.Store["trail"]> {
    return this.#access.look((connection) => reading.trails(connection, jobIds));
  }

  async logs(jobId: string): Promise<contract.StoredLogLine[]> {
    return this.#access.look((connection) => directory.logs(connection, jobId));
  }

  async tombstones(after: string | null, limit: number): ReturnType<contract.Store["tombstones"]> {
    return this.#access.look((connection) => reading.tombstones(connection, after, limit));
  }

  async pauseQueue(queue: string, actor: string): Promise<void> {
    await this.#access.write(1, (tx) => directory.pauseQueue(tx, queue, actor));
  }

  async resumeQueue(queue: string): Promise<void> {
    await this.#access.write(1, (tx) => directory.resumeQueue(tx, queue));
  }

  async queues(): Promise<contract.QueueFacts[]> {
    return this.#access.look(directory.queues);
  }

  async workers(): Promise<contract.WorkerRecord[]> {
    return this.#access.look(directory.workers);
  }

  /** What is known already is not written again: the lock may be held by a transaction that waits for this very call. */
  async saveKinds(kinds: readonly contract.KindFacts[]): Promise<void> {
    const words = ({ stages, targetMs }: contract.KindFacts): string => JSON.stringify([stages, targetMs]);
    const known = new Map((await this.kinds()).map((facts) => [facts.kind, words(facts)]));
    if (kinds.every((facts) => known.get(facts.kind) === words(facts))) return;
    await this.#access.write(kinds.length, (tx) => directory.saveKinds(tx, kinds));
  }

  async kinds(): Promise<contract.KindFacts[]> {
    return this.#access.look(directory.savedKinds);
  }

  async learn(samples: readonly contract.DurationSample[]): Promise<void> {
    if (samples.length > 0) await this.#access.write(samples.length, (tx) => learn(tx, samples), "soon");
  }

  async learned(kinds: readonly string[]): Promise<contract.LearnedDurations[]> {
    return this.#access.look((connection, now) => learned(connection, kinds, now));
  }

  subscribe(listener: (hint: contract.Hint) => void): () => void {
    this.#access.assertOpen();
    return this.#hints.subscribe(listener);
  }

  async examine(): Promise<Finding[]> {
    this.#access.assertOpen();
    try {
      return await examine(this.#connection, this.#path, this.#synchronous);
    } catch (error) {
      throw typed(error);
    }
  }

  close(): Promise<void> {
    this.#hints.close();
    this.#closing ??= this.#access.close();
    return this.#closing;
  }

  #reading(): ClockReading {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }
}

/** Counts the commits of all other connections; -1 while somebody mends the log, which is news as well. */
function versionOf(connection: Connection): number {
  try {
    return connection.get<{ data_version: number }>("pragma data_version")?.data_version ?? 0;
  } catch (error) {
    if (isBusy(error)) return -1;
    throw error;
  }
}
