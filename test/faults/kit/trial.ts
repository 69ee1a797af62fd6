/**
 * One run of one scenario on one store: a fresh place for the jobs, a ledger, processes and connections that are ended
 * with it, and what was measured and found.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { silentLogger } from "../../../src/core/logger.js";
import { openWaymark, type Waymark, type WaymarkOptions } from "../../../src/waymark.js";
import { Chance } from "./chance.js";
import { Ledger } from "./ledger.js";
import type { PostgresServer } from "./postgres-server.js";
import { type Process, startProcess } from "./process.js";
import type { Size, StoreName } from "./scenario.js";

/** Short, so that recovery is quick to watch. */
export const LEASE_MS = 2_000;
export const SWEEP_MS = 500;
export const POLL_MS = 500;

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it should reach; null for what is only counted. */
  readonly goal: { readonly atMost: number } | { readonly atLeast: number } | null;
  readonly reached: boolean;
}

export interface Violation {
  /** An invariant of docs/state-machine.md, or the rule in words. */
  readonly rule: string;
  readonly jobId: string | null;
  readonly message: string;
}

/** An instant of the nemesis' doings. */
export interface Fault {
  readonly at: number;
  readonly what: string;
}

export interface WorkerOptions {
  /** Of ../child/handlers; default plain. */
  readonly handlers?: readonly string[];
  readonly work?: Readonly<Record<string, unknown>>;
  /** Instead of the store of the trial, such as the URL of a proxy. */
  readonly url?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly retention?: WaymarkOptions["retention"];
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A worker that tells its id. */
export interface WorkerProcess extends Process {
  readonly workerId: string;
}

export interface TrialSetup {
  readonly scenario: string;
  readonly store: StoreName;
  readonly size: Size;
  readonly seed: number;
  readonly folder: string;
  /** Null for SQLite. */
  readonly server: PostgresServer | null;
}

export class Trial {
  readonly store: StoreName;
  readonly size: Size;
  readonly chance: Chance;
  readonly folder: string;
  readonly ledger: Ledger;
  readonly url: string;
  readonly storeOptions: Readonly<Record<string, unknown>>;
  readonly figures: Figure[] = [];
  readonly violations: Violation[] = [];
  readonly faults: Fault[] = [];
  /** Lines of the timeline of a job, for a report; filled by the verdict. */
  readonly timelines = new Map<string, string>();
  readonly #server: PostgresServer | null;
  readonly #endings: (() => Promise<void> | void)[] = [];

  constructor({ scenario, store, size, seed, folder, server }: TrialSetup) {
    this.store = store;
    this.size = size;
    this.chance = new Chance(seed, `${scenario} ${store}`);
    this.folder = join(folder, `${scenario}-${store}`);
    mkdirSync(this.folder, { recursive: true });
    this.ledger = new Ledger(join(this.folder, "ledger.ndjson"));
    this.#server = server;
    this.url = server === null ? `sqlite:${join(this.folder, "jobs.db")}` : server.url;
    const schema = `faults_${scenario.replaceAll("-", "_")}`;
    this.storeOptions = server === null ? {} : { schema, maxConnections: 4 };
    if (server !== null) this.atEnd(async () => void (await server.query(`drop schema if exists "${schema}" cascade`)));
  }

  /** The server of PostgreSQL. @throws in a trial on SQLite */
  get server(): PostgresServer {
    if (this.#server === null) throw new Error("This trial has no PostgreSQL.");
    return this.#server;
  }

  /** The file of SQLite. */
  get file(): string {
    return this.url.slice("sqlite:".length);
  }

  scaled<T>(sizes: Readonly<Record<Size, T>>): T {
    return sizes[this.size];
  }

  atEnd(end: () => Promise<void> | void): void {
    this.#endings.push(end);
  }

  /** Opens the store in this process: for the driver and the auditor. */
  async open(options: Partial<WaymarkOptions> = {}): Promise<Waymark> {
    const { storeOptions, ...rest } = options;
    const waymark = await openWaymark({
      store: this.url,
      logger: silentLogger,
      ...rest,
      storeOptions: { ...this.storeOptions, ...storeOptions },
    });
    this.atEnd(() => waymark.close());
    return waymark;
  }

  /** Starts a worker. The schema must be there already. */
  async startWorker(options: WorkerOptions = {}): Promise<WorkerProcess> {
    const { nodeOptions = [], env = {}, handlers, work, retention, url = this.url } = options;
    const child = startProcess(
      "worker.mjs",
      {
        url,
        options: { ...this.storeOptions, ...options.options },
        ledger: this.ledger.path,
        work: { leaseMs: LEASE_MS, sweepMs: SWEEP_MS, pollMs: POLL_MS, shutdownGraceMs: 2_000, ...work },
        ...(handlers === undefined ? {} : { handlers }),
        ...(retention === undefined ? {} : { retention }),
      },
      { nodeOptions, env },
    );
    this.adopt(child);
    const { ready } = await child.line("ready");
    return Object.defineProperties(
      { workerId: String(ready) } as WorkerProcess,
      Object.getOwnPropertyDescriptors(child),
    );
  }

  async startWorkers(count: number, options: WorkerOptions = {}): Promise<WorkerProcess[]> {
    return Promise.all(Array.from({ length: count }, () => this.startWorker(options)));
  }

  /** Ends a process with the trial, however it stands. */
  adopt(child: Process): void {
    this.atEnd(async () => {
      if (child.running) child.kill("SIGKILL");
      await child.ended;
    });
  }

  /** The nemesis notes what it did. */
  fault(what: string): void {
    this.faults.push({ at: Date.now(), what });
  }

  /** Nothing can be said of it here. */
  skipped(reason: string): void {
    this.figures.push({ name: `skipped: ${reason}`, value: 0, unit: "", goal: null, reached: true });
  }

  /** Something that must never be. */
  violated(rule: string, message: string, jobId: string | null = null): void {
    this.violations.push({ rule, jobId, message });
  }

  must(holds: boolean, rule: string, message: string): void {
    if (!holds) this.violated(rule, message);
  }

  figure(name: string, value: number, unit = "", goal: Figure["goal"] = null): void {
    const reached = goal === null || ("atMost" in goal ? value <= goal.atMost : value >= goal.atLeast);
    this.figures.push({ name, value, unit, goal, reached });
  }

  /** Ends what the trial started, the newest first. */
  async end(): Promise<void> {
    for (const end of this.#endings.reverse()) {
      await Promise.resolve(end()).catch(() => {});
    }
    if (this.violations.length === 0) rmSync(this.folder, { recursive: true, force: true });
  }
}
