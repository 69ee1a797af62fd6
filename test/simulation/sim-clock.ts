/**
 * Time in the simulation. One clock for the whole world; each process sees it through a gate that can be shut for a while
 * (the process is stopped, like by SIGSTOP) or for ever (it has crashed). Whatever a process does begins with a timer or
 * with an answer of the store, so a shut gate freezes it.
 */
import type { Clock } from "../../src/core/clock.js";
import { FakeClock } from "../../src/testing/fake-clock.js";

export class SimClock extends FakeClock {
  /** One turn of the event loop runs all promises dry, and nothing here does real I/O. */
  override settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }
  /** A number from `least` to below `most`. */
  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }
  pick<T>(items: readonly T[]): T {
    return items[this.whole(0, items.length - 1)] as T;
  }
}

/** A tenth of a lease, which a waking worker gives its overdue heartbeat, and a little. */
const WAKING_MS = 1_001;

export class Gate {
  readonly #clock: SimClock;
  #state: "open" | "paused" | "crashed" = "open";
  #held: { readonly isTimer: boolean; readonly run: () => void }[] = [];
  #openedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  get state(): "open" | "paused" | "crashed" {
    return this.#state;
  }
  /** False while the process is stopped, and until its first heartbeat after waking should have been answered. */
  get isAwake(): boolean {
    return this.#state === "open" && this.#clock.monotonic() > this.#openedAt + WAKING_MS;
  }

  pass(isTimer: boolean, run: () => void): void {
    if (this.#state === "open") run();
    else if (this.#state === "paused") this.#held.push({ isTimer, run });
  }
  pause(): void {
    if (this.#state === "open") this.#state = "paused";
  }
  crash(): void {
    this.#state = "crashed";
    this.#held = [];
  }
  /** What was held up happens now: overdue timers first or answers first, each in their order. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "open";
    this.#openedAt = this.#clock.monotonic();
    const timersFirst = this.#clock.chance(0.5);
    const held = [
      ...this.#held.filter(({ isTimer }) => isTimer === timersFirst),
      ...this.#held.filter(({ isTimer }) => isTimer !== timersFirst),
    ];
    this.#held = [];
    for (const { isTimer, run } of held) this.#clock.after(0, () => this.pass(isTimer, run));
  }
}

/** The clock as one process sees it. */
export class ProcessClock implements Clock {
  readonly #clock: SimClock;
  readonly #gate: Gate;
  #waiting = 0;

  constructor(clock: SimClock, gate: Gate) {
    this.#clock = clock;
    this.#gate = gate;
  }

  /** Timers of this process that wait. */
  get waiting(): number {
    return this.#waiting;
  }
  now(): number {
    return this.#clock.now();
  }
  monotonic(): number {
    return this.#clock.monotonic();
  }
  random(): number {
    return this.#clock.random();
  }
  /** Like any timer that is due: nothing of a process happens while it is stopped. */
  turn(run: () => void): () => void {
    return this.after(0, run);
  }
  after(ms: number, run: () => void): () => void {
    let waits = true;
    this.#waiting++;
    const leave = (): boolean => {
      if (!waits) return false;
      waits = false;
      this.#waiting--;
      return true;
    };
    const takeBack = this.#clock.after(ms, () =>
      this.#gate.pass(true, () => {
        if (leave()) run();
      }),
    );
    return () => {
      if (leave()) takeBack();
    };
  }
}
