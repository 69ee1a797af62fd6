/** What the kinds declare, as the store remembers it: readers need stages and targets, and may have no definition. */
import type { Clock } from "./core/clock.js";
import type { KindFacts, Store } from "./core/store.js";

export interface KindDirectory {
  /** What `kind` declared, at most ten seconds old; null when nobody ever told. */
  get(kind: string): Promise<KindFacts | null>;
}

const FRESH_MS = 10_000;

export function createKindDirectory(store: Store, clock: Clock): KindDirectory {
  let known: ReadonlyMap<string, KindFacts> = new Map();
  let readAt: number | null = null;
  let reading: Promise<void> | null = null;

  const refresh = async (): Promise<void> => {
    known = new Map((await store.kinds()).map((facts) => [facts.kind, facts]));
    readAt = clock.monotonic();
  };

  return {
    get: async (kind) => {
      if (readAt === null || clock.monotonic() - readAt > FRESH_MS || !known.has(kind)) {
        reading ??= refresh().finally(() => {
          reading = null;
        });
        await reading;
      }
      return known.get(kind) ?? null;
    },
  };
}
