/**
 * Timeouts of running attempts. Attempts of one kind share their timeout, so they run out in the order they began: one
 * timer for each length, set for the oldest, serves any number of them.
 */
import type { Clock } from "../core/clock.js";
import type { StopSwitch } from "./stop-switch.js";

export interface Deadlines {
  /** @param begunAt  monotonic; none began later than the next one */
  begin(stopSwitch: StopSwitch, timeoutMs: number, begunAt: number): void;
  end(stopSwitch: StopSwitch, timeoutMs: number): void;
  /** No timer stays. */
  stop(): void;
}

interface Line {
  /** When each runs out; the first is the oldest. */
  readonly dueAt: Map<StopSwitch, number>;
  disarm: (() => void) | null;
}

export function createDeadlines(clock: Clock): Deadlines {
  const lines = new Map<number, Line>();

  const arm = (line: Line): void => {
    for (const dueAt of line.dueAt.values()) {
      line.disarm = clock.after(dueAt - clock.monotonic(), () => ring(line));
      return;
    }
    line.disarm = null;
  };
  /** The attempt it was set for may have ended long ago: then it is set anew, for the oldest that is left. */
  const ring = (line: Line): void => {
    const now = clock.monotonic();
    for (const [stopSwitch, dueAt] of line.dueAt) {
      if (dueAt > now) break;
      line.dueAt.delete(stopSwitch);
      stopSwitch.stop("timeout");
    }
    arm(line);
  };

  return {
    begin: (stopSwitch, timeoutMs, begunAt) => {
      let line = lines.get(timeoutMs);
      if (line === undefined) {
        line = { dueAt: new Map(), disarm: null };
        lines.set(timeoutMs, line);
      }
      line.dueAt.set(stopSwitch, begunAt + timeoutMs);
      if (line.disarm === null) arm(line);
    },
    end: (stopSwitch, timeoutMs) => {
      lines.get(timeoutMs)?.dueAt.delete(stopSwitch);
    },
    stop: () => {
      for (const { disarm } of lines.values()) disarm?.();
      lines.clear();
    },
  };
}
