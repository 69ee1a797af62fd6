/**
 * Event streams: one job, or many in one connection. Each is authorised before anything is subscribed, and again while
 * it is open (SECURITY S4); a snapshot comes first, then changes, and it ends when all its jobs have ended.
 */
import { z } from "zod";
import type { Clock } from "../core/clock.js";
import { isWaymarkError } from "../core/errors.js";
import { isTerminal, type JobStatusInfo } from "../core/status-info.js";
import type { Waymark } from "../waymark.js";
import { END, OPENING } from "./frames.js";
import type { Viewer } from "./principal.js";
import { find, findJob, ownerRoute, type Route } from "./route.js";
import { createStatusFeed, type News, newsOf } from "./status-feed.js";
import type { StreamRegistry } from "./stream-registry.js";

/** Jobs of one stream. */
const MOST_IDS = 100;
/** A session may be ended at any time: who reads is asked about again this often. */
const REAUTHORIZE_MS = 60_000;

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

export interface StreamSetup {
  readonly waymark: Waymark;
  readonly clock: Clock;
  readonly registry: StreamRegistry;
  /** Who sent the request, asked again. */
  readonly authorize: (request: Request) => Promise<Viewer | null>;
  /** How often all followed jobs are looked at although no hint came. */
  readonly pollMs: number;
}

const idList = z
  .string()
  .transform((text) => [...new Set(text.split(",").filter((id) => id !== ""))])
  .pipe(z.array(z.string().max(64)).min(1).max(MOST_IDS));

export function streamRoutes(setup: StreamSetup): Route[] {
  const { waymark, clock, registry } = setup;
  const feed = createStatusFeed(waymark, clock, setup.pollMs);
  const events = { 200: { description: "Events: status, gone, resync, end", contentType: "text/event-stream" } };

  /** @param known  the version a reader has of the only job, by its Last-Event-ID */
  const open = (request: Request, viewer: Viewer, first: readonly News[], known: string | null): Response => {
    if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
    const undo: (() => void)[] = [];
    const stop = (): void => {
      for (const each of undo.splice(0)) each();
    };
    const stream = registry.add(viewer.key, stop);
    const shown = new Map<string, JobStatusInfo>();
    const left = new Set<string>();

    const show = (news: News): void => {
      const { jobId, info } = news;
      const before = shown.get(jobId);
      if (!left.has(jobId) || (info !== null && before !== undefined && isOlder(info, before))) return;
      // The job's owner never changes; a picture of anybody else's has no business here.
      if (info !== null && viewer.owner !== null && info.owner !== viewer.owner) return stream.close();
      stream.send(news.frame);
      if (info !== null) shown.set(jobId, info);
      if (info === null || isTerminal(info)) left.delete(jobId);
      if (left.size === 0) end();
    };
    const end = (): void => {
      stream.send(END);
      stream.close();
    };
    const start = async (): Promise<void> => {
      stream.send(OPENING);
      for (const news of first) {
        await stream.room(news.frame.length);
        const { jobId, info } = news;
        if (info === null || news.version !== known) stream.send(news.frame);
        if (info === null) continue;
        shown.set(jobId, info);
        if (!isTerminal(info)) left.add(jobId);
      }
      if (stream.closed) return;
      if (left.size === 0) return end();
      const versions = new Map(first.map((news) => [news.jobId, news.info === null ? null : news.version]));
      for (const jobId of left) {
        const unfollow = feed.follow(jobId, (news) => {
          const version = news.info === null ? null : news.version;
          if (version !== null && versions.get(jobId) === version) return;
          versions.set(jobId, version);
          show(news);
        });
        undo.push(unfollow);
        // It may have ended the stream at once.
        if (stream.closed) return stop();
      }
    };

    const onAbort = (): void => stream.close();
    request.signal.addEventListener("abort", onAbort, { once: true });
    undo.push(() => request.signal.removeEventListener("abort", onAbort));
    undo.push(keepAuthorized(setup, request, viewer, onAbort));
    void start();
    return new Response(stream.body, { headers: HEADERS });
  };

  return [
    ownerRoute({
      name: "followJob",
      method: "GET",
      path: "/jobs/:id/events",
      access: "owner",
      acts: false,
      summary: "Follow one job: its status now, then each change, until it has ended",
      answers: events,
      handle: async ({ request, viewer, id }) => {
        const info = await findJob(waymark, viewer, id);
        return open(request, viewer, [newsOf(info.jobId, info)], request.headers.get("last-event-id"));
      },
    }),
    ownerRoute({
      name: "followJobs",
      method: "GET",
      path: "/events",
      access: "owner",
      acts: false,
      summary: `Follow up to ${MOST_IDS} jobs in one stream`,
      query: z.strictObject({ ids: idList.meta({ description: "Job ids, with commas between" }) }),
      answers: events,
      handle: async ({ request, viewer, query }) => {
        const look = async (id: string): Promise<News> =>
          newsOf(
            id,
            await find(waymark, viewer, id).catch((error: unknown) => {
              if (isWaymarkError(error, "not_found")) return null;
              throw error;
            }),
          );
        return open(request, viewer, await Promise.all(query.ids.map(look)), null);
      },
    }),
  ];
}

/** Asks who reads when their time is over, and each minute; ends the stream unless it is still the same. */
function keepAuthorized(setup: StreamSetup, request: Request, viewer: Viewer, end: () => void): () => void {
  const { clock, authorize } = setup;
  let over = false;
  let disarm: () => void = () => undefined;
  const arm = (expiresAt: number | null): void => {
    const left = expiresAt === null ? REAUTHORIZE_MS : Math.max(1, expiresAt - clock.now());
    disarm = clock.after(Math.min(left, REAUTHORIZE_MS), () => void ask());
  };
  const ask = async (): Promise<void> => {
    const now = await authorize(request).catch(() => null);
    if (over) return;
    const isOver = now?.expiresAt != null && now.expiresAt <= clock.now();
    if (now === null || isOver || !isSame(now, viewer)) end();
    else arm(now.expiresAt);
  };
  arm(viewer.expiresAt);
  return () => {
    over = true;
    disarm();
  };
}

function isSame(a: Viewer, b: Viewer): boolean {
  return a.key === b.key && a.owner === b.owner && a.jobId === b.jobId;
}

function isOlder(info: JobStatusInfo, than: JobStatusInfo): boolean {
  return info.seq < than.seq || (info.seq === than.seq && info.updatedAt < than.updatedAt);
}
