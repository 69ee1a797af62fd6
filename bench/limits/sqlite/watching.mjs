/** The worker's side of latency.mjs, in a process of its own. */
import { watch } from "node:fs";
import { given, serveAsChild } from "../../lib/child.mjs";
import { now } from "../../lib/measure.mjs";
import { sqlitePlace } from "../../stores/sqlite.mjs";

const { path } = given();
const database = await sqlitePlace(path).database();
const take = database.prepare("update job set state = 1 where state = 0 returning payload");
take.all();
watch(`${path}-wal`, () => {
  for (const { payload } of take.all()) process.send({ pickUp: now() - Number(payload) });
});
serveAsChild(() => {});
