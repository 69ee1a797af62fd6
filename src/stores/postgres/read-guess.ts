/**
 * Which read is likely to be enough. A place in line is told only where somebody works, so most statements leave it out; and
 * whoever polls a job that waits meets it waiting nearly every time. Both are guessed from what the last reads found. And
 * whoever asks for a job at the moment when it is heard of alone has waited for its end. Being wrong costs one statement more.
 */
import type { Hint } from "../../core/store.js";

/**
 * Lone reads in a row that found a plain waiting job before the next one counts on it: where jobs of any sort are read by
 * turns, it hardly ever does.
 */
const PLAIN_RUN = 3;

export class ReadGuess {
  /** Whether somebody works where jobs wait that are read, one or many at once. */
  readonly #attended = { one: false, many: false };
  #plainRun = 0;
  /** The last job that was heard of alone, and neither waits nor merely began or went on. */
  #over: string | null = null;

  /** To be told everything that listeners are, before they are. */
  heard({ waiting, jobs, began = false }: Hint): void {
    if (!waiting && !began && jobs.length === 1) this.#over = jobs[0]!;
  }

  /** Whether its end is likely to have been heard of just now. Asked once: the news are used up. */
  mayBeOver(jobId: string): boolean {
    if (this.#over !== jobId) return false;
    this.#over = null;
    return true;
  }

  isAttended(jobs: number): boolean {
    return this.#attended[jobs === 1 ? "one" : "many"];
  }

  /** @param isAttended  null when none of them waited: then the next ones are likely to have begun or ended, too */
  sawCrew(jobs: number, isAttended: boolean | null): void {
    this.#attended[jobs === 1 ? "one" : "many"] = isAttended === true;
    if (jobs === 1 && isAttended === null) this.#plainRun = 0;
  }

  /** Whether a lone read will find a plain waiting job. */
  get isPlain(): boolean {
    return this.#plainRun >= PLAIN_RUN;
  }

  /** What a lone read found. */
  saw(isPlain: boolean): void {
    this.#plainRun = isPlain ? this.#plainRun + 1 : 0;
  }
}
