/** The open streams of a process: counts them, pings them all by one timer, and closes them together. */
import type { Clock } from "../core/clock.js";
import { type EventStream, openEventStream } from "./event-stream.js";
import { refuse } from "./problem.js";

export interface StreamLimits {
  /** Streams of one principal. Default 5. */
  readonly perPrincipal: number;
  /** Streams of this process. Default 2,000. */
  readonly perProcess: number;
}
export const DEFAULT_STREAM_LIMITS: StreamLimits = { perPrincipal: 5, perProcess: 2_000 };

export interface StreamRegistry {
  readonly open: number;
  /** @throws {WaymarkError} `too_many_streams`, `streams_full` */
  add(key: string, onClose: () => void): EventStream;
  closeAll(): void;
}

const PING_MS = 15_000;

export function createStreamRegistry(clock: Clock, { perPrincipal, perProcess }: StreamLimits): StreamRegistry {
  const streams = new Set<EventStream>();
  const counts = new Map<string, number>();
  let disarm: (() => void) | null = null;

  const tick = (): void => {
    disarm = clock.after(PING_MS, () => {
      tick();
      for (const stream of streams) stream.ping();
    });
  };
  const count = (key: string, change: number): void => {
    const now = (counts.get(key) ?? 0) + change;
    if (now === 0) counts.delete(key);
    else counts.set(key, now);
  };

  return {
    get open() {
      return streams.size;
    },
    add: (key, onClose) => {
      if ((counts.get(key) ?? 0) >= perPrincipal) refuse("too_many_streams", { limit: perPrincipal });
      if (streams.size >= perProcess) refuse("streams_full");
      const stream = openEventStream(() => {
        streams.delete(stream);
        count(key, -1);
        if (streams.size === 0) {
          disarm?.();
          disarm = null;
        }
        onClose();
      });
      streams.add(stream);
      count(key, 1);
      if (disarm === null) tick();
      return stream;
    },
    closeAll: () => {
      for (const stream of streams) stream.close();
    },
  };
}
