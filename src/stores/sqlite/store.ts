/**
 * The store in one SQLite file, for many processes on one machine. `synchronous = FULL`: acknowledged means on disk. One
 * connection writes and reads; all writes go through the group commit of write-queue.ts. This file only binds: each step
 * is in the file of its theme, each statement in sql.ts.
 */
import { type Clock, systemClock } from "../../core/clock.js";
import { ClockGuard } from "../../core/clock-guard.js";
import { WaymarkError } from "../../core/errors.js";
import type * as contract from "../../core/store.js";
import type { MigrateMode } from "../migrate.js";
import { claim, start } from "./claim.js";
import type { Connection } from "./connection.js";
import { cancel, purge, remove, retry } from "./control.js";
import * as directory from "./directory.js";
import type { SqliteFactory } from "./driver.js";
import { enqueue } from "./enqueue.js";
import { typed } from "./failures.js";
import { beat, extend, report } from "./hold.js";
import { joinTransaction } from "./join-transaction.js";
import { unpark } from "./keys.js";
import { openFile } from "./open.js";
import * as reading from "./reading.js";
import { settle, sweep } from "./settle.js";
import { type Touched, type Transaction, touchedNothing } from "./transaction.js";
import { Wake } from "./wake.js";
import { MAX_ROWS, WriteQueue, whenFree } from "./write-queue.js";

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
  /** Whether to notice writes of other processes by watching the file; default true. False leaves it to the caller's polls. */
  readonly watch?: boolean;
}

/**
 * @throws {WaymarkError} `driver_missing`, `schema_outdated` (migrate: "check"), `schema_too_new`, `invalid_option`, or
 *   `store_unavailable` when the file cannot be used
 */
export async function sqliteStore(options: SqliteStoreOptions): Promise<contract.Store> {
  const { path, clock = systemClock, migrate = "auto", synchronous = "FULL", database, watch = true } = options;
  if (path === "" || path.startsWith(":")) {
    throw new WaymarkError("invalid_option", { option: "path", problem: 'it names a file; for memory, use "memory:"' });
  }
  if (synchronous !== "FULL" && synchronous !== "NORMAL") {
    throw new WaymarkError("invalid_option", { option: "synchronous", problem: 'it is "FULL" or "NORMAL"' });
  }
  const file = await openFile({ path, migrate, synchronous, database });
  const address =
    database === undefined ? { url: `sqlite:${file.path}`, options: { migrate: "off", synchronous, watch } } : null;
  return new SqliteStore({ ...file, clock, watch, address });
}

interface Parts {
  readonly connection: Connection;
  readonly path: string;
  readonly clock: Clock;
  readonly watch: boolean;
  readonly address: contract.StoreAddress | null;
}

type Listener = (hint: contract.Hint) => void;

class SqliteStore implements contract.Store {
  readonly name = "sqlite";
  readonly durable = true;
  readonly address: contract.StoreAddress | null;
  readonly #connection: Connection;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #guard: ClockGuard;
  readonly #writes: WriteQueue;
  readonly #wake: Wake | null;
  readonly #listeners = new Set<Listener>();
  #closing: Promise<void> | null = null;

  constructor({ connection, path, clock, watch, address }: Parts) {
    this.address = address;
    this.#connection = connection;
    this.#path = path;
    this.#clock = clock;
    this.#guard = new ClockGuard({ wall: clock.now(), monotonic: clock.monotonic() });
    this.#writes = new WriteQueue(connection, (touched) => this.#committed(touched));
    const version = (): number => connection.get<{ data_version: number }>("pragma data_version")?.data_version ?? 0;
    const changed = (): void => this.#hint({ waiting: true, jobs: "any" });
    this.#wake = watch ? new Wake({ clock, path, version, changed }) : null;
  }

  async enqueue(jobs: readonly contract.NewJob[], tx?: unknown): Promise<contract.EnqueueAnswer[]> {
    if (tx === undefined) return this.#inParts(jobs, 1, enqueue);
    this.#assertOpen();
    try {
      // Told by the watch once the caller commits; until then there is nothing to tell.
      const connection = joinTransaction(tx, this.#path);
      return this.#step({ connection, touched: touchedNothing(), now: this.#clock.now() }, (own) => enqueue(own, jobs));
    } catch (error) {
      throw typed(error);
    }
  }

  async claim(request: contract.ClaimRequest): Promise<contract.Claim> {
    let claimed = await this.#write(request.limit, (tx) => claim(tx, request));
    while (claimed === "more") claimed = await this.#write(request.limit, (tx) => claim(tx, request));
    if (claimed.jobs.length > 0) this.#guard.leased(request.leaseMs, this.#clock.monotonic());
    return claimed;
  }

  async start(requests: readonly contract.StartRequest[]): Promise<contract.StartAnswer[]> {
    const answers = await this.#each(requests, 1, start);
    for (const { leaseMs } of requests) this.#guard.leased(leaseMs, this.#clock.monotonic());
    return answers;
  }

  async extend({ worker, leaseMs, leases }: contract.Heartbeat): Promise<contract.HoldAnswer[]> {
    if (worker !== null) await this.#write(1, (tx) => beat(tx, worker, leaseMs));
    const answers = await this.#each(leases, 1, (tx, lease) => extend(tx, lease, leaseMs));
    if (answers.some((answer) => answer !== "lost")) this.#guard.leased(leaseMs, this.#clock.monotonic());
    return answers;
  }

  report(reports: readonly contract.Report[]): Promise<contract.HoldAnswer[]> {
    return this.#each(reports, 4, report);
  }

  settle(settlements: readonly contract.Settlement[]): Promise<contract.SettleAnswer[]> {
    return this.#each(settlements, 1, settle);
  }

  async sweep(limit: number): Promise<contract.Swept> {
    this.#assertOpen();
    if (this.#guard.isPaused({ wall: this.#clock.now(), monotonic: this.#clock.monotonic() })) {
      return { rescued: [], expired: [], paused: true };
    }
    const rescued: contract.SweptJob[] = [];
    const expired: contract.SweptJob[] = [];
    await inBites(limit, async (bite) => {
      const part = await this.#write(bite, (tx) => sweep(tx, bite));
      rescued.push(...part.rescued);
      expired.push(...part.expired);
      return Math.max(part.rescued.length, part.expired.length);
    });
    return { rescued, expired, paused: false };
  }

  cancel(requests: readonly contract.CancelRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#each(requests, 4, cancel);
  }

  retry(requests: readonly contract.RetryRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#each(requests, 4, retry);
  }

  remove(requests: readonly contract.RemoveRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#each(requests, 4, remove);
  }

  async purge(request: contract.PurgeRequest): ReturnType<contract.Store["purge"]> {
    const tombstones: Awaited<ReturnType<contract.Store["purge"]>> = [];
    await inBites(request.limit, async (limit) => {
      const part = await this.#write(limit, (tx) => purge(tx, { ...request, limit }));
      tombstones.push(...part);
      return part.length;
    });
    return tombstones;
  }

  async read(request: contract.ReadRequest): ReturnType<contract.Store["read"]> {
    return this.#look((connection, now) => reading.read(connection, request, now));
  }

  async list(query: contract.ListQuery): ReturnType<contract.Store["list"]> {
    return this.#look((connection, now) => reading.list(connection, query, now));
  }

  async counts(filter: contract.CountFilter): ReturnType<contract.Store["counts"]> {
    return this.#look((connection, now) => reading.counts(connection, filter, now));
  }

  async trail(jobIds: readonly string[]): ReturnType<contract.Store["trail"]> {
    return this.#look((connection) => reading.trails(connection, jobIds));
  }

  async logs(jobId: string): Promise<contract.StoredLogLine[]> {
    return this.#look((connection) => directory.logs(connection, jobId));
  }

  async pauseQueue(queue: string, actor: string): Promise<void> {
    await this.#write(1, (tx) => directory.pauseQueue(tx, queue, actor));
  }

  async resumeQueue(queue: string): Promise<void> {
    await this.#write(1, (tx) => directory.resumeQueue(tx, queue));
  }

  async queues(): Promise<contract.QueueFacts[]> {
    return this.#look(directory.queues);
  }

  async workers(): Promise<contract.WorkerRecord[]> {
    return this.#look(directory.workers);
  }

  async saveKinds(kinds: readonly contract.KindFacts[]): Promise<void> {
    await this.#write(kinds.length, (tx) => directory.saveKinds(tx, kinds));
  }

  async kinds(): Promise<contract.KindFacts[]> {
    return this.#look(directory.savedKinds);
  }

  subscribe(listener: Listener): () => void {
    this.#assertOpen();
    // Its own function, so that one listener given twice is two subscriptions.
    const own: Listener = (hint) => listener(hint);
    this.#listeners.add(own);
    this.#wake?.start();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#wake?.stop();
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#listeners.clear();
    this.#wake?.stop();
    await this.#writes.close();
    this.#connection.database.close();
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw new WaymarkError("closed");
  }

  /** One snapshot, whatever other processes write meanwhile. */
  async #look<T>(work: (connection: Connection, now: number) => T): Promise<T> {
    this.#assertOpen();
    const connection = this.#connection;
    const once = (): T => {
      connection.run("begin");
      try {
        return work(connection, this.#clock.now());
      } finally {
        connection.run("commit");
      }
    };
    try {
      return await whenFree(once);
    } catch (error) {
      throw typed(error);
    }
  }

  #write<T>(rows: number, work: (tx: Transaction) => T): Promise<T> {
    return this.#writes.add(rows, (connection, touched) =>
      this.#step({ connection, touched, now: this.#clock.now() }, work),
    );
  }

  #step<T>(tx: Transaction, work: (tx: Transaction) => T): T {
    const answer = work(tx);
    unpark(tx);
    return answer;
  }

  #each<Item, Answer>(
    items: readonly Item[],
    rowsEach: number,
    work: (tx: Transaction, item: Item) => Answer,
  ): Promise<Answer[]> {
    return this.#inParts(items, rowsEach, (tx, part) => part.map((item) => work(tx, item)));
  }

  /** A long list becomes several transactions, so that none holds everybody up. */
  async #inParts<Item, Answer>(
    items: readonly Item[],
    rowsEach: number,
    work: (tx: Transaction, part: readonly Item[]) => Answer[],
  ): Promise<Answer[]> {
    this.#assertOpen();
    if (items.length === 0) return [];
    const size = Math.floor(MAX_ROWS / rowsEach);
    if (items.length <= size) return this.#write(items.length * rowsEach, (tx) => work(tx, items));
    const parts: Promise<Answer[]>[] = [];
    for (let from = 0; from < items.length; from += size) {
      const part = items.slice(from, from + size);
      parts.push(this.#write(part.length * rowsEach, (tx) => work(tx, part)));
    }
    return (await Promise.all(parts)).flat();
  }

  #committed({ jobs, waiting }: Touched): void {
    if (this.#listeners.size > 0 && (waiting || jobs.size > 0)) this.#hint({ waiting, jobs: [...jobs] });
  }

  /** After the caller has its answer; what a listener throws is its own affair. */
  #hint(hint: contract.Hint): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        try {
          if (this.#listeners.has(listener)) listener(hint);
        } catch {}
      });
    }
  }
}

/** Repeats `work` with a bite of the limit each until it has done that much, or less than it might have. */
async function inBites(limit: number, work: (bite: number) => Promise<number>): Promise<void> {
  for (let left = limit; left > 0; ) {
    const bite = Math.min(left, MAX_ROWS / 4);
    if ((await work(bite)) < bite) return;
    left -= bite;
  }
}
