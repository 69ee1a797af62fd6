/**
 * Follows jobs for all event streams of a process at once: one statement per look, however many streams there are, and
 * each picture is made into bytes once. Hints of the store say when to look; a look at everything each second makes up
 * for hints that were lost, so that changes of other processes arrive in the same way.
 */
import type { Clock } from "../core/clock.js";
import { versionOf } from "../core/status-face.js";
import type { JobStatusInfo } from "../core/status-info.js";
import type { Waymark } from "../waymark.js";
import { tombstoneView } from "./answers.js";
import { goneFrame, statusFrame } from "./frames.js";
import { publicView } from "./public-view.js";
import { isPurged } from "./route.js";

export type News =
  | { readonly jobId: string; readonly info: JobStatusInfo; readonly version: string; readonly frame: Uint8Array }
  /** Removed, or never there. */
  | { readonly jobId: string; readonly info: null; readonly frame: Uint8Array };

export interface StatusFeed {
  /**
   * Tells of each change of one job, and soon of its present picture, which the listener may know already.
   *
   * @returns a function that ends it
   */
  follow(jobId: string, listener: (news: News) => void): () => void;
}

interface Followed {
  readonly listeners: Set<(news: News) => void>;
  last: News | null;
}

/** Between two looks, so that a thousand hints a second are not a thousand statements. The first hint waits for nothing. */
const GAP_MS = 25;

export function createStatusFeed(waymark: Waymark, clock: Clock, pollMs: number): StatusFeed {
  const followed = new Map<string, Followed>();
  const changed = new Set<string>();
  let reading = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let disarmLook: (() => void) | null = null;
  let disarmPoll: (() => void) | null = null;
  let unsubscribe: (() => void) | null = null;

  const mark = (jobIds: Iterable<string>): void => {
    for (const jobId of jobIds) if (followed.has(jobId)) changed.add(jobId);
    if (changed.size === 0 || reading || disarmLook !== null) return;
    const wait = Math.max(0, lookedAt + GAP_MS - clock.monotonic());
    if (wait > 0) {
      disarmLook = clock.after(wait, () => void look());
      return;
    }
    disarmLook = () => undefined;
    queueMicrotask(() => void look());
  };

  /** Asked for together, the pictures come from one statement of the tracker. */
  const look = async (): Promise<void> => {
    disarmLook = null;
    reading = true;
    lookedAt = clock.monotonic();
    const jobIds = [...changed];
    changed.clear();
    await Promise.all(jobIds.map(tell));
    reading = false;
    mark([]);
  };

  const tell = async (jobId: string): Promise<void> => {
    let news: News;
    try {
      news = newsOf(jobId, await waymark.tracker.find(jobId));
    } catch {
      // The store did not answer. The next look at everything asks again.
      return;
    }
    const entry = followed.get(jobId);
    if (entry === undefined || isSame(entry.last, news)) return;
    entry.last = news;
    for (const listener of entry.listeners) listener(news);
  };

  const poll = (): void => {
    disarmPoll = clock.after(pollMs, () => {
      poll();
      mark(followed.keys());
    });
  };

  const stop = (): void => {
    unsubscribe?.();
    disarmPoll?.();
    disarmLook?.();
    unsubscribe = null;
    disarmPoll = null;
    disarmLook = null;
    changed.clear();
  };

  return {
    follow: (jobId, listener) => {
      let entry = followed.get(jobId);
      if (entry === undefined) {
        entry = { listeners: new Set(), last: null };
        followed.set(jobId, entry);
      }
      entry.listeners.add(listener);
      unsubscribe ??= waymark.store.subscribe(({ jobs }) => mark(jobs === "any" ? followed.keys() : jobs), "known");
      if (disarmPoll === null) poll();
      if (entry.last !== null) listener(entry.last);
      mark([jobId]);
      return () => {
        entry.listeners.delete(listener);
        if (entry.listeners.size === 0 && followed.get(jobId) === entry) followed.delete(jobId);
        if (followed.size === 0) stop();
      };
    },
  };
}

export function newsOf(jobId: string, found: Awaited<ReturnType<Waymark["tracker"]["find"]>>): News {
  if (found === null) return { jobId, info: null, frame: goneFrame(jobId, null) };
  if (isPurged(found)) return { jobId, info: null, frame: goneFrame(jobId, tombstoneView(found)) };
  const info = publicView(found);
  const version = versionOf(info);
  return { jobId: info.jobId, info, version, frame: statusFrame(info, version) };
}

function isSame(last: News | null, news: News): boolean {
  if (last === null) return false;
  return news.info === null ? last.info === null : last.info !== null && last.version === news.version;
}
