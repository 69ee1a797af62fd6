/**
 * The whole of `npm start -- FILE`: a store, a job, a worker in this very process, a line that shows it, and the story.
 * Everything of the process around it comes in as an argument, so nothing here reads the environment or ends anything.
 */
import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { isWaymarkError, type JobStatusInfo, openWaymark } from "waymark";
import { storyHandler, storyJob } from "./job.js";
import type { Story } from "./story.js";
import { LiveLine, type Ticking } from "./terminal/live-line.js";
import { printEnd, printJob } from "./terminal/print-end.js";
import { printStory } from "./terminal/print-story.js";
import { paint, type Screen } from "./terminal/text.js";

export interface Run {
  /** The CSV file, as the user named it. */
  readonly path: string;
  readonly store: string;
  readonly json: boolean;
  readonly screen: Screen;
  /** True when the status line can be redrawn in place. */
  readonly inPlace: boolean;
  /** The answer: the story, or JSON. */
  readonly out: (text: string) => void;
  /** What goes on meanwhile. */
  readonly status: (text: string) => void;
  readonly clock: Ticking;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** How long an interrupted job may go on to its end before it is given back. Default 2 s. */
  readonly graceMs?: number;
}

/** Called the wrong way, or with a store that cannot be opened. */
const WRONG_USAGE = 2;
/** The store refused these before any job existed; the caller can mend them. */
const USAGE_ERRORS = ["invalid_store_url", "invalid_option", "driver_missing"] as const;

/** @returns the exit code: 0 told, 1 the job did not succeed, 2 wrong usage */
export async function run(options: Run): Promise<number> {
  try {
    return await tellStory(options);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    options.status(`${paint("!", "bad", options.screen)} ${message}\n`);
    return USAGE_ERRORS.some((code) => isWaymarkError(error, code)) ? WRONG_USAGE : 1;
  }
}

async function tellStory({
  path,
  store,
  json,
  screen,
  inPlace,
  out,
  status,
  clock,
  signal,
  graceMs = 2_000,
}: Run): Promise<number> {
  await using waymark = await openWaymark({ store });
  const file = resolve(path);
  // The worker first, so that the job never waits for one; two at a time, so that a job left over does not hold it up.
  await using worker = waymark.work([storyHandler], { concurrency: 2, shutdownGraceMs: graceMs });
  const ref = await waymark.enqueue(storyJob, { path: file }, { metadata: factsOf(file) });
  const job = printJob(ref.jobId, store, screen);

  const line = new LiveLine({ screen, inPlace, write: status, clock });
  for await (const info of waymark.tracker.watch(ref, { signal })) line.show(info);
  line.end();

  if (signal.aborted) status(`Stopping. The job is given back, so that nothing is lost.\n`);
  await worker.stop();
  const info = await waymark.tracker.getStatus<Story>(ref);
  if (info === null) throw new Error(`The job ${ref.jobId} is no longer in the store.`);
  if (json) out(`${JSON.stringify(answerOf(info))}\n`);
  else if (info.status === "completed") out(`\n${printStory(info.result, screen)}\n${job}`);
  else if (signal.aborted) out(`${whatNow(info)}\n${job}`);
  else out(`\n${printEnd(info, screen)}\n${job}`);
  return info.status === "completed" ? 0 : 1;
}

/** What happens to the job after this process has gone. */
function whatNow({ status }: JobStatusInfo): string {
  return status === "failed" || status === "cancelled" || status === "expired"
    ? `The job is ${status}.`
    : "The job waits in the store. The next npm start, or any worker, picks it up.";
}

interface Answer {
  readonly jobId: string;
  readonly status: JobStatusInfo["status"];
  readonly story?: Story;
  readonly error?: { readonly code: string; readonly message: string; readonly category: string };
}
function answerOf(info: JobStatusInfo<Story>): Answer {
  const { jobId, status } = info;
  if (info.status === "completed") return { jobId, status, story: info.result };
  if (info.status !== "failed") return { jobId, status };
  const { code, message, category } = info.error;
  return { jobId, status, error: { code, message, category } };
}

/** Shown with the status; a file that cannot be looked at is the job's to refuse. */
function factsOf(file: string): Record<string, unknown> {
  const bytes = existsSync(file) ? statSync(file).size : undefined;
  return { filename: basename(file), ...(bytes === undefined ? {} : { bytes }) };
}
