/** Every row, in the order of the document. */
import * as drain from "./drain.mjs";
import * as endToEnd from "./end-to-end.mjs";
import * as enqueue from "./enqueue.mjs";
import * as footprint from "./footprint.mjs";
import * as growth from "./growth.mjs";
import * as heap from "./heap.mjs";
import * as idle from "./idle.mjs";
import * as latency from "./latency.mjs";
import * as progress from "./progress.mjs";
import * as snapshot from "./snapshot.mjs";
import * as status from "./status.mjs";
import * as watched from "./watched.mjs";

export const ROWS = [
  enqueue,
  drain,
  endToEnd,
  latency,
  status,
  progress,
  watched,
  growth,
  snapshot,
  idle,
  footprint,
  heap,
];
