/** Runs a set of rules on each of the three stores, each test with a world of its own and a clock it can turn. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import type { Store } from "../../src/core/store.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { sqliteStore } from "../../src/stores/sqlite/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { openWaymark, type Waymark, type WaymarkOptions } from "../../src/waymark.js";
import { postgresUrl, schemaName } from "../support/postgres.js";

/** A place where jobs live; `open` gives one more client of the same place, as another process would have. */
interface Place {
  open(clock: FakeClock): Promise<Store>;
  clear(): Promise<void>;
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  memory: async () => {
    let store: Store | null = null;
    return { open: async (clock) => (store ??= memoryStore({ clock })), clear: async () => {} };
  },
  sqlite: async () => {
    const folder = await mkdtemp(join(tmpdir(), "waymark-promises-"));
    return {
      open: (clock) => sqliteStore({ path: join(folder, "jobs.db"), clock }),
      clear: () => rm(folder, { recursive: true, force: true }),
    };
  },
  postgres: async () => {
    const schema = schemaName();
    const url = postgresUrl();
    return {
      open: (clock) => postgresStore({ url, schema, clock, maxConnections: 4 }),
      clear: async () => {
        const { default: pg } = await import("pg");
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        await client.query(`drop schema if exists "${schema}" cascade`);
        await client.end();
      },
    };
  },
};

export interface World {
  readonly clock: FakeClock;
  readonly waymark: Waymark;
  readonly store: Store;
  /** Another Waymark on the same place (and, for memory, the same store). */
  another(options?: Partial<WaymarkOptions>): Promise<Waymark>;
  /**
   * Turns the clock in small steps until `condition` holds. Steps are followed by real turns of the event loop, so that
   * a real database gets to answer.
   */
  until(condition: () => boolean | Promise<boolean>, stepMs?: number): Promise<void>;
}

const STEPS = 4_000;

export function onEveryStore(title: string, define: (world: () => World) => void): void {
  for (const [name, makePlace] of Object.entries(PLACES)) {
    describe(`${title} (${name})`, () => {
      let world: World;
      let clear: () => Promise<void>;
      beforeEach(async () => {
        const place = await makePlace();
        const clock = new FakeClock();
        const stores: Store[] = [];
        const opened: Waymark[] = [];
        const open = async (options: Partial<WaymarkOptions> = {}): Promise<Waymark> => {
          const store = await place.open(clock);
          if (!stores.includes(store)) stores.push(store);
          const waymark = await openWaymark({ store, clock, logger: silentLogger, ...options });
          opened.push(waymark);
          return waymark;
        };
        const waymark = await open();
        const until: World["until"] = async (condition, stepMs = 20) => {
          for (let step = 0; step < STEPS; step++) {
            if (await condition()) return;
            // A round trip of real time for each tenth of a second that is turned, so that the clock does not run away from a
            // real database: a heartbeat has hundreds of them before its lease is over.
            for (let ms = 0; ms < stepMs; ms += 100) await waymark.store.queues();
            await clock.advance(stepMs);
          }
          throw new Error(`What was waited for did not come in ${STEPS * stepMs} ms of turned time.`);
        };
        world = { clock, waymark, store: waymark.store, another: open, until };
        clear = async () => {
          let closed = false;
          const closing = Promise.all(opened.map((one) => one.close())).then(() => {
            closed = true;
          });
          await until(() => closed);
          await closing;
          for (const store of stores) await store.close();
          await place.clear();
        };
      });
      afterEach(() => clear());
      define(() => world);
    });
  }
}
