/**
 * Lanes by their numbers. A lane is a kind in a queue; the rows of jobs have only its number, so that two names do not stand
 * in each of a million rows. A number never comes to mean another lane, so what a store has met once, it knows.
 */
import { plain, texts } from "./arrays.js";
import type { Db } from "./db.js";
import type { Row } from "./driver.js";

export interface Lane {
  readonly queue: string;
  readonly kind: string;
}

/** What one store has met. */
export class Lanes {
  readonly #byId = new Map<number, Lane>();
  readonly #ids = new Map<string, number>();
  /** What was last asked of `within`, and the answer. */
  #asked: Asked | null = null;

  /** Undefined until it was met. */
  idOf(lane: Lane): number | undefined {
    return this.#ids.get(nameOf(lane));
  }

  /** @param laneId  of one that was met */
  byId(laneId: number): Lane {
    return this.#byId.get(laneId)!;
  }

  knows(laneId: number): boolean {
    return this.#byId.has(laneId);
  }

  /** Those met so far, of some kinds in some queues; null = in all of them. Whoever asks again asks with the same lists. */
  within(kinds: readonly string[], queues: readonly string[] | null): readonly number[] {
    const asked = this.#asked;
    if (asked !== null && asked.kinds === kinds && asked.queues === queues) return asked.laneIds;
    const laneIds = [...this.#byId]
      .filter(([, { kind, queue }]) => kinds.includes(kind) && (queues === null || queues.includes(queue)))
      .map(([laneId]) => laneId);
    this.#asked = { kinds, queues, laneIds };
    return laneIds;
  }

  met(rows: readonly Row[]): void {
    for (const row of rows) {
      this.#meet(row["lane_id"] as number, { queue: row["queue"] as string, kind: row["kind"] as string });
    }
  }

  /** @param named  by their ids, as a claim tells them */
  metByName(named: Readonly<Record<string, readonly [queue: string, kind: string]>>): void {
    for (const [laneId, [queue, kind]] of Object.entries(named)) this.#meet(Number(laneId), { queue, kind });
  }

  #meet(laneId: number, lane: Lane): void {
    if (this.#byId.has(laneId)) return;
    this.#byId.set(laneId, lane);
    this.#ids.set(nameOf(lane), laneId);
    this.#asked = null;
  }
}

interface Asked {
  readonly kinds: readonly string[];
  readonly queues: readonly string[] | null;
  readonly laneIds: readonly number[];
}

const nameOf = ({ queue, kind }: Lane): string => `${queue}\n${kind}`;

/** Meets the lanes of jobs that are to come in; one that nobody has met before gets its number now. */
export async function prepareLanes({ lanes, run, sql }: Db, jobs: readonly Lane[]): Promise<void> {
  for (;;) {
    const fresh = new Map<string, Lane>();
    for (const job of jobs) if (lanes.idOf(job) === undefined) fresh.set(nameOf(job), job);
    if (fresh.size === 0) return;
    const asked = [...fresh.values()];
    // Whose number somebody else gives at this moment is told when asked again.
    lanes.met(await run(sql.saveLanes, [texts(asked, ({ queue }) => queue), texts(asked, ({ kind }) => kind)], true));
  }
}

/** Meets the lanes of jobs that were read. */
export async function learnLanes({ lanes, run, sql }: Db, laneIds: Iterable<number>): Promise<void> {
  const unknown = new Set<number>();
  for (const laneId of laneIds) if (!lanes.knows(laneId)) unknown.add(laneId);
  if (unknown.size > 0) lanes.met(await run(sql.lanes, [plain([...unknown], (laneId) => laneId)], true));
}
