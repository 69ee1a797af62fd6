/**
 * What is said aloud on a page: one thing every 10 seconds at most, the latest of those that waited, and an end at once.
 * Pure; the live region is in live-region.ts.
 */

const QUIET_MS = 10_000;

export interface Said {
  /** The beat of each job that was heard last, whether it was said or waits. */
  readonly beats: Readonly<Record<string, string>>;
  readonly saidAt: number | null;
  readonly text: string;
  /** The job whose words wait for the quiet to end. */
  readonly waiting: string | null;
}

export const SAID_NOTHING: Said = { beats: {}, saidAt: null, text: "", waiting: null };

export interface Sayable {
  readonly beat: string;
  readonly say: string;
  readonly ended: boolean;
}

/** @param view  the first one of a job sets its beat and is not said: who opens a page reads it */
export function nextSaid(said: Said, jobId: string, view: Sayable, now: number): Said {
  // A clock that was set back must not silence the page.
  const quiet = said.saidAt !== null && now >= said.saidAt && now - said.saidAt < QUIET_MS;
  const beats = { ...said.beats, [jobId]: view.beat };
  const aloud: Said = { beats, saidAt: now, text: view.say, waiting: null };
  const before = said.beats[jobId];
  if (before === undefined) return { ...said, beats };
  if (view.beat === before) return said.waiting === jobId && !quiet ? aloud : said;
  return quiet && !view.ended ? { ...said, beats, waiting: jobId } : aloud;
}
