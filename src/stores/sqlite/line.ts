/**
 * The lanes of one claim, merged in the order of turns: each stands in up to two lines, by turns and as its jobs came (see
 * numbers.ts). Each line is read in small bites, and what was peeked at is kept.
 * Jobs that are taken are marked in the file with one statement for all of them, at the end, or before the file is read
 * once more.
 */
import { freeSlots, unpark } from "./keys.js";
import type { CandidateRow } from "./rows.js";
import { HEAD_AS_THEY_CAME, HEAD_OF_LANE, SET_ASIDE } from "./sql/claim.js";
import { PARK } from "./sql/keys.js";
import type { Transaction } from "./transaction.js";
import { MAX_ROWS } from "./write-queue.js";

export interface LineOptions {
  /** Jobs taken at most. */
  readonly limit: number;
  /** Marks jobs as claimed. */
  readonly claim: (jobs: readonly CandidateRow[]) => void;
}

interface Lane {
  /** The first jobs that stand there; with `behind`, those after it, when that saves walking past what was taken. */
  readonly read: (limit: number, behind: CandidateRow | undefined) => CandidateRow[];
  head: CandidateRow[];
  /** The next one in `head`. */
  at: number;
  /** Nothing stands behind `head`. */
  whole: boolean;
}

export class Line {
  readonly #tx: Transaction;
  readonly #options: LineOptions;
  readonly #lanes: Lane[] = [];
  readonly #free = new Map<string, number>();
  readonly #taken: CandidateRow[] = [];
  #claimed = 0;
  /** Jobs put out of the way so far. */
  #moved = 0;

  constructor(tx: Transaction, options: LineOptions) {
    this.#tx = tx;
    this.#options = options;
  }

  join(queue: string, kind: string): void {
    this.#join((limit) => this.#tx.connection.all<CandidateRow>(HEAD_OF_LANE, { queue, kind, limit }));
  }

  joinAsTheyCame(lane: number): void {
    this.#join((limit, behind) => {
      const from = behind === undefined ? 0 : behind.id + 1;
      return this.#tx.connection.all<CandidateRow>(HEAD_AS_THEY_CAME, { lane, from, limit });
    });
  }

  #join(read: Lane["read"]): void {
    this.#lanes.push({ read, head: [], at: 0, whole: false });
  }

  /** So many were put out of the way that another transaction must see to the rest. */
  get tired(): boolean {
    return this.#moved >= MAX_ROWS;
  }

  /** Takes and claims the best ones. `more`: another one can be claimed at once. */
  take(): { readonly taken: readonly CandidateRow[]; readonly more: boolean } {
    let next = this.#next();
    for (; next !== undefined && this.#taken.length < this.#options.limit; next = this.#next()) {
      this.#drop(next);
      this.#taken.push(next);
      const key = next.concurrency_key;
      if (key !== null) this.#free.set(key, this.#freeOf(key) - 1);
    }
    this.#claim();
    return { taken: this.#taken, more: next !== undefined };
  }

  /** The best job that can be claimed, left where it is; those before it that cannot are put out of the way. */
  #next(): CandidateRow | undefined {
    while (!this.tired) {
      const best = this.#best();
      if (best === undefined || this.#canRun(best)) return best;
      this.#moved++;
      this.#drop(best);
    }
    return undefined;
  }

  #best(): CandidateRow | undefined {
    let best: CandidateRow | undefined;
    for (const lane of this.#lanes) {
      if (lane.at === lane.head.length && !lane.whole) this.#read(lane);
      const head = lane.head[lane.at];
      if (head !== undefined && (best === undefined || byTurn(head, best) < 0)) best = head;
    }
    return best;
  }

  #read(lane: Lane): void {
    this.#claim();
    const limit = this.#biteSize();
    lane.head = lane.read(limit, lane.head.at(-1));
    this.#learnFree(lane.head);
    lane.at = 0;
    lane.whole = lane.head.length < limit;
  }

  /** One lane gives all that is asked for and the one behind it; many lanes give some each. */
  #biteSize(): number {
    const { limit } = this.#options;
    return Math.min(limit + 1, Math.max(4, Math.ceil((2 * limit) / this.#lanes.length)), MAX_ROWS);
  }

  #drop(candidate: CandidateRow): void {
    for (const lane of this.#lanes) if (lane.head[lane.at] === candidate) lane.at++;
  }

  #canRun({ id, expires_at, concurrency_key: key }: CandidateRow): boolean {
    if (expires_at !== null && expires_at <= this.#tx.now) {
      this.#tx.connection.run(SET_ASIDE, { id });
      if (key !== null) this.#giveWay(key);
      return false;
    }
    if (key !== null && this.#freeOf(key) <= 0) {
      this.#tx.connection.run(PARK, { id });
      return false;
    }
    return true;
  }

  /** The place in line that one of this key gave up may be another's: look again from the start. */
  #giveWay(key: string): void {
    this.#claim();
    this.#tx.touched.keys.add(key);
    unpark(this.#tx);
    for (const lane of this.#lanes) {
      lane.head = [];
      lane.at = 0;
      lane.whole = false;
    }
  }

  /** Asks for the keys of jobs that were peeked at, all at once. */
  #learnFree(head: readonly CandidateRow[]): void {
    const news = new Set<string>();
    for (const { concurrency_key: key } of head) if (key !== null && !this.#free.has(key)) news.add(key);
    if (news.size === 0) return;
    for (const [key, free] of freeSlots(this.#tx, [...news])) this.#free.set(key, free);
  }

  #freeOf(key: string): number {
    return this.#free.get(key) ?? 0;
  }

  /** Of those taken, the ones that the file does not know of yet. */
  #claim(): void {
    const news = this.#taken.slice(this.#claimed);
    this.#claimed = this.#taken.length;
    if (news.length > 0) this.#options.claim(news);
  }
}

function byTurn(a: CandidateRow, b: CandidateRow): number {
  return a.priority - b.priority || a.run_at - b.run_at || (a.job_id < b.job_id ? -1 : 1);
}
