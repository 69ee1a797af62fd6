/**
 * Many clients ask for the same unique keys at once, each in a transaction of its own, and half of them roll back. One job
 * is left for each key, and every client that committed was told its id.
 */
import pg from "pg";
import { loadDriver } from "../../../src/stores/sqlite/driver.js";
import type { Waymark } from "../../../src/waymark.js";
import type { Scenario } from "../kit/scenario.js";
import type { Trial } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { plain } from "./definitions.js";

/** A transaction: begins, lends itself, and ends as asked. */
interface Client {
  inTransaction(work: (tx: unknown) => Promise<string>, commit: boolean): Promise<string>;
}

export const uniqueKeys: Scenario = {
  name: "unique-keys",
  title: "unique key: 64 clients × 1,000 keys, half roll back",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const { clients, keys } = trial.scaled({
      ci: { clients: 8, keys: 30 },
      quick: { clients: 16, keys: 100 },
      full: { clients: 64, keys: 1_000 },
    });
    const waymark = await trial.open();
    const makers = await Promise.all(
      Array.from({ length: clients }, () => (trial.store === "postgres" ? postgresClient(trial) : sqliteClient(trial))),
    );
    /** By key: what each client that committed was told. */
    const told = new Map<string, Set<string>>();
    await Promise.all(makers.map((client, place) => ask(waymark, client, { place, keys, told })));

    const present = [...told.values()].flatMap((ids) => [...ids]);
    const acknowledged = present.map((jobId) => ({
      jobId,
      kind: "plain",
      key: "",
      sentAt: 0,
      acknowledgedAt: 0,
      tries: 1,
    }));
    const { jobs } = await judge(trial, waymark, { acknowledged }, { allEnded: false });
    for (const [key, ids] of told) {
      if (ids.size !== 1) trial.violated("exactly one per key", `${key}: clients were told ${[...ids].join(", ")}`);
    }
    trial.figure("clients", clients);
    trial.figure("keys with a commit", told.size);
    trial.figure("jobs", jobs.size, "", { atMost: told.size });
  },
};

/** Every client takes the keys in the same order, so that they meet at each of them. */
async function ask(
  waymark: Waymark,
  client: Client,
  { place, keys, told }: { place: number; keys: number; told: Map<string, Set<string>> },
): Promise<void> {
  for (let n = 0; n < keys; n++) {
    const uniqueKey = `key-${n}`;
    const commit = (place + n) % 2 === 0;
    const jobId = await client.inTransaction(
      async (tx) => (await waymark.enqueue(plain, { ms: 0 }, { uniqueKey, tx })).jobId,
      commit,
    );
    if (!commit) continue;
    const ids = told.get(uniqueKey) ?? new Set();
    told.set(uniqueKey, ids.add(jobId));
  }
}

async function postgresClient(trial: Trial): Promise<Client> {
  const client = new pg.Client(trial.url);
  await client.connect();
  trial.atEnd(() => client.end());
  return {
    inTransaction: async (work, commit) => {
      await client.query("begin");
      const jobId = await work(client);
      await client.query(commit ? "commit" : "rollback");
      return jobId;
    },
  };
}

/** Writers take turns at one file; a transaction of a client's holds the others up. */
async function sqliteClient(trial: Trial): Promise<Client> {
  const connection = await (await loadDriver())(trial.file);
  connection.exec("pragma busy_timeout = 0");
  trial.atEnd(() => void connection.close());
  return {
    inTransaction: async (work, commit) => {
      for (;;) {
        try {
          connection.exec("begin immediate");
          break;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
      const jobId = await work(connection);
      connection.exec(commit ? "commit" : "rollback");
      return jobId;
    },
  };
}
