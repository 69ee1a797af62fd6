/**
 * A status as it leaves over HTTP: without what it tells of other people. Who holds a concurrency key, and who paused a
 * queue, is for operators; they have `waymark why` and the trail.
 */
import type { JobStatusInfo } from "../core/status-info.js";

export function publicView(info: JobStatusInfo): JobStatusInfo {
  if (!("waiting" in info) || info.waiting === null) return info;
  switch (info.waiting.reason) {
    case "concurrency":
      return { ...info, waiting: { ...info.waiting, holders: [] } };
    case "queue_paused":
      return { ...info, waiting: { ...info.waiting, by: null } };
    default:
      return info;
  }
}
