/**
 * Enqueues as fast as it can and notes what was acknowledged, until it is killed: `node writer.mjs '{ "url", "notes" }'`.
 * Its connection checkpoints every few pages, so that a kill falls into checkpoints as often as into writes.
 */
import { openSync, writeSync } from "node:fs";
import { defineJob, openWaymark, sqliteStore } from "waymark";

const { url, notes } = JSON.parse(process.argv[2]);
const file = openSync(notes, "a");
const builtin = process.getBuiltinModule?.("node:sqlite");
const { DatabaseSync } = builtin ?? (await import("@photostructure/sqlite"));
const database = (path) => {
  const connection = new DatabaseSync(path);
  connection.exec("pragma wal_autocheckpoint = 10");
  return connection;
};
const store = await sqliteStore({ path: url.slice("sqlite:".length), database });
const waymark = await openWaymark({ store });
const plain = defineJob({ kind: "plain" });
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
process.stdin.on("end", () => process.exit(3)).resume();

for (let n = 0; ; n++) {
  const inputs = Array.from({ length: 1 + (n % 20) }, () => ({ ms: 0, padding: "x".repeat((n * 37) % 2_000) }));
  const refs = await waymark.enqueueMany(plain, inputs);
  writeSync(file, refs.map(({ jobId }) => `${jobId}\n`).join(""));
}
