/**
 * Keeps a list of the person's jobs up to date: it is loaded again while the page is shown, so that new jobs appear and
 * removed ones go. How the jobs in it are, is not its matter: each is followed by its own watch.
 */
import type { WireStatus } from "../core/wire.js";
import type { JobQuery, JobsAnswer } from "./asking.js";
import type { StatusClient } from "./make-client.js";

/** How often the first page is loaded again. */
const AGAIN_MS = 10_000;

export interface OwnJobs {
  /** Newest first; null before the first answer. */
  readonly jobs: readonly WireStatus[] | null;
  /** The newest answer was none. */
  readonly trouble: boolean;
  /** Loads older ones; null when there are none. */
  readonly more: (() => void) | null;
}

export interface OwnJobsWatch {
  /** The same object until something changes. */
  readonly current: () => OwnJobs;
  readonly subscribe: (listener: () => void) => () => void;
  /** Begins to load. @returns ends it */
  readonly start: () => () => void;
}

export function watchOwnJobs(client: StatusClient, query: JobQuery): OwnJobsWatch {
  const { clock, page } = client;
  const listeners = new Set<() => void>();
  let state: OwnJobs = { jobs: null, trouble: false, more: null };
  let cursor: string | null = null;
  let running = 0;
  let disarm: () => void = () => undefined;

  const set = (next: OwnJobs): void => {
    state = next;
    for (const listener of Array.from(listeners)) listener();
  };

  const take = (answer: JobsAnswer, older: boolean): void => {
    if (!answer.done) return set({ ...state, trouble: true });
    const known = state.jobs ?? [];
    const oldest = answer.jobs.at(-1)?.jobId;
    // Pages that were loaded below the first one stay; ids rise with time.
    const below = known.filter(({ jobId }) => answer.nextCursor !== null && oldest !== undefined && jobId < oldest);
    if (older || below.length === 0) cursor = answer.nextCursor;
    const jobs = older ? [...known, ...answer.jobs] : [...answer.jobs, ...below];
    set({ jobs, trouble: false, more: cursor === null ? null : more });
  };

  const load = async (older: boolean): Promise<void> => {
    const run = running;
    const answer = await client.list(older && cursor !== null ? { ...query, cursor } : query);
    if (run === running) take(answer, older);
  };
  const more = (): void => void load(true);

  const turn = (): void => {
    disarm();
    disarm = clock.after(AGAIN_MS, turn);
    if (!page.hidden() && page.online()) void load(false);
  };

  return {
    current: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start: () => {
      running++;
      const leave = page.onChange(turn);
      turn();
      return () => {
        running++;
        leave();
        disarm();
      };
    },
  };
}
