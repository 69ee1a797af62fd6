/** A process that enqueues and works as fast as it can, until it is ended. */
import { defineJob, openWaymark } from "waymark";
import { given, serveAsChild } from "../lib/child.mjs";
import { WORK } from "../lib/settings.mjs";

/** Jobs under way at any time. */
const BATCH = 500;

const waymark = await openWaymark(given().options);
const busy = defineJob({ kind: "busy" });
const inputs = Array.from({ length: BATCH }, (_, i) => ({ i }));

serveAsChild(async () => {
  waymark.work([busy.handle(() => null)], WORK);
  for (;;) {
    const refs = await waymark.enqueueMany(busy, inputs);
    await Promise.all(refs.map((ref) => waymark.tracker.awaitCompletion(ref)));
  }
});
