/**
 * How far this process has taken each lane. Claims begin there: while somebody holds an old snapshot, the places of all that
 * was taken since stay in the index, and each claim would walk past them again. Only jobs of the same priority that came in
 * late (a slow commit, a job given back elsewhere) can stand before a mark; so that they are met, a claim looks at the whole
 * line once in a while, and whenever it would come back short. More urgent jobs are always looked at.
 */
import type { Clock } from "../../core/clock.js";

/** How long claims may begin at the marks before one looks at the whole line again. */
const WHOLE_LOOK_MS = 1_000;

/** The place of a job in the line of its lane. */
export interface Mark {
  readonly queue: string;
  readonly kind: string;
  readonly priority: number;
  /** Epoch ms. */
  readonly runAt: number;
  readonly jobId: string;
}

export class LineMarks {
  readonly #clock: Clock;
  readonly #marks = new Map<string, Mark>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Where a claim should begin; none = at the front, and then the whole line counts as looked at. */
  begin(): readonly Mark[] {
    const now = this.#clock.monotonic();
    if (now - this.#lookedAt >= WHOLE_LOOK_MS) this.clear();
    if (this.#marks.size === 0) this.#lookedAt = now;
    return [...this.#marks.values()];
  }

  /** A claim that took all it wanted has come so far. */
  moved(marks: readonly Mark[]): void {
    for (const mark of marks) this.#marks.set(`${mark.queue}\n${mark.kind}`, mark);
  }

  /** Something may stand further in front. */
  clear(): void {
    this.#marks.clear();
  }
}
