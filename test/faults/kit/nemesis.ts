/** Does harm on a schedule drawn from the seed: so many faults, one after the other, with gaps between them. */

import type { Trial } from "./trial.js";
import { pause } from "./wait.js";

export interface Schedule {
  readonly times: number;
  /** Ms between two faults, drawn evenly. */
  readonly gapMs: readonly [number, number];
}

/**
 * @param harm  does one fault and says what it did; null when there was nothing to harm, which does not count
 * @returns when the last fault was done, by the wall clock
 */
export async function harmOften(
  trial: Trial,
  { times, gapMs }: Schedule,
  harm: (turn: number) => Promise<string | null>,
): Promise<number> {
  for (let turn = 0, misses = 0; turn < times; ) {
    await pause(trial.chance.whole(...gapMs));
    const what = await harm(turn);
    if (what === null) {
      if (++misses > 10 * times) throw new Error("The nemesis finds nothing to harm.");
      continue;
    }
    trial.fault(what);
    turn++;
  }
  return Date.now();
}
