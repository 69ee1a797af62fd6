/** Which number each lane has, as far as somebody has seen it. */

export interface InLane {
  readonly kind: string;
  readonly queue: string;
}

/** The numbers of lanes, by queue and kind: a name made of both would cost a lone enqueue more than two looks. */
export class LaneNumbers {
  readonly #ofQueues = new Map<string, Map<string, number>>();

  get({ kind, queue }: InLane): number | undefined {
    return this.#ofQueues.get(queue)?.get(kind);
  }

  set({ kind, queue }: InLane, lane: number): void {
    const ofQueue = this.#ofQueues.get(queue);
    if (ofQueue === undefined) this.#ofQueues.set(queue, new Map([[kind, lane]]));
    else ofQueue.set(kind, lane);
  }

  add(others: LaneNumbers): void {
    for (const [queue, ofQueue] of others.#ofQueues) {
      for (const [kind, lane] of ofQueue) this.set({ kind, queue }, lane);
    }
  }
}
