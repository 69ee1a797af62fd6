/**
 * How far this process has taken each lane, priority by priority. Claims begin there: while somebody holds an old snapshot,
 * the places of all that was taken since stay in the index, and each claim would walk past them again. Only jobs that came
 * in late (a slow commit, a job given back elsewhere) can stand before a mark; so that they are met, a claim looks at the
 * whole line once in a while, and whenever it would come back short. Priorities without a mark are always looked at.
 *
 * After millions of jobs under one snapshot a look at the whole line takes a second. Once it is dear, claims that come back
 * short go by the marks, too, and whole looks rest for ten times as long as one takes.
 */
import type { Clock } from "../../core/clock.js";

/** How long claims that take all they want may begin at the marks before one looks at the whole line again. */
const WHOLE_LOOK_MS = 1_000;
/** A whole look that takes as long is dear: nothing makes it so but tens of thousands of places of jobs that are gone. */
const DEAR_MS = 5;
/** What each job it takes may take of that. */
const JOB_MS = 0.05;
/** The cheapest of so many counts: on a busy machine any statement may take long once. */
const LOOKS = 3;
const REST_SHARE = 10;
/** What stands before a mark waits no longer than for a poll. */
const LONGEST_REST_MS = 5_000;
/** So far behind the time marks stay while whole looks rest: an enqueue commits a moment after it has read the clock. */
const SLACK_MS = 250;
/** Priorities of a lane that have a mark, the last used ones. */
const PRIORITIES = 4;
/** Stands before all jobs of its millisecond. */
const NO_ID = "00000000-0000-0000-0000-000000000000";

/** The place of a job in the line of its lane. */
export interface Mark {
  readonly queue: string;
  readonly kind: string;
  readonly priority: number;
  /** Epoch ms. */
  readonly runAt: number;
  readonly jobId: string;
}

export interface Step {
  /** Whose lanes it looked at; `queues` null = all. */
  readonly kinds: readonly string[];
  readonly queues: readonly string[] | null;
  /** Where it began. */
  readonly from: readonly Mark[];
  /** Places of the last it took, one for each lane and priority. */
  readonly reached: readonly Mark[];
  /** It took all it wanted. */
  readonly isFull: boolean;
  /** When it began, by the server: epoch ms. */
  readonly at: number;
  /** By the clock that the marks were given. */
  readonly tookMs: number;
  /** How many it took. */
  readonly jobs: number;
}

export class LineMarks {
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Map<number, Mark>>();
  #costs: readonly number[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isStale = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Where a claim should begin; none = at the front, and then the whole line counts as looked at. */
  begin(): readonly Mark[] {
    const sinceMs = this.#clock.monotonic() - this.#lookedAt;
    const restMs = this.#isStale ? this.#restMs : Math.max(WHOLE_LOOK_MS, this.#restMs);
    if (this.#lanes.size > 0 && sinceMs < restMs)
      return [...this.#lanes.values()].flatMap((lane) => [...lane.values()]);
    this.#lookedAt = this.#clock.monotonic();
    this.#isStale = false;
    return [];
  }

  /** A claim has come so far. */
  moved(step: Step): void {
    const { from, reached, isFull, at, tookMs, jobs } = step;
    const isWhole = from.length === 0;
    if (isWhole) this.#costs = [...this.#costs, tookMs - JOB_MS * jobs].slice(-LOOKS);
    // What it left may stand before a mark of old.
    if (isWhole && isFull) this.#lanes.clear();
    const latest = at - SLACK_MS;
    for (const mark of reached) this.#put(this.isDear && mark.runAt > latest ? placeAt(mark, latest) : mark);
    if (isFull) return;
    this.#isStale = true;
    if (this.isDear) this.#passed(latest, step);
  }

  /** Jobs that are due since `runAt` (epoch ms) came into the line. */
  cameIn(runAt: number): void {
    for (const lane of this.#lanes.values()) {
      for (const mark of lane.values()) if (mark.runAt >= runAt) lane.set(mark.priority, placeAt(mark, runAt));
    }
  }

  /** Something may stand further in front. */
  stale(): void {
    this.#isStale = true;
  }

  /** Whether whole looks rest: claims that come back short have not seen all. */
  get isDear(): boolean {
    return this.#restMs > 0;
  }

  /** Ms until the whole line may be looked at. */
  get restLeftMs(): number {
    return Math.max(0, this.#lookedAt + this.#restMs - this.#clock.monotonic());
  }

  get #restMs(): number {
    const cheapest = this.#costs.length < LOOKS ? 0 : Math.min(...this.#costs);
    return cheapest < DEAR_MS ? 0 : Math.min(LONGEST_REST_MS, REST_SHARE * cheapest);
  }

  /** A claim left nothing of these lanes that was there. One that is paused waits for a whole look when it goes on. */
  #passed(runAt: number, { kinds, queues }: Step): void {
    for (const lane of this.#lanes.values()) {
      for (const mark of lane.values()) {
        const isOfIt = kinds.includes(mark.kind) && (queues === null || queues.includes(mark.queue));
        if (isOfIt && mark.runAt < runAt) lane.set(mark.priority, placeAt(mark, runAt));
      }
    }
  }

  #put(mark: Mark): void {
    const name = `${mark.queue}\n${mark.kind}`;
    const lane = this.#lanes.get(name) ?? new Map<number, Mark>();
    this.#lanes.set(name, lane);
    lane.delete(mark.priority);
    lane.set(mark.priority, mark);
    if (lane.size > PRIORITIES) lane.delete(lane.keys().next().value!);
  }
}

function placeAt(mark: Mark, runAt: number): Mark {
  return { ...mark, runAt, jobId: NO_ID };
}
