/** What the kinds declare, as the store remembers it: readers need stages and targets, and may have no definition. */
import type { Clock } from "./core/clock.js";
import type { KindFacts, Store } from "./core/store.js";

export interface KindDirectory {
  /** What `kind` declared, at most ten seconds old; null when nobody ever told. */
  get(kind: string): Promise<KindFacts | null>;
  /** The same where nothing must be read for it; else undefined. */
  known(kind: string): KindFacts | null | undefined;
}

const FRESH_MS = 10_000;
/** A kind that nobody told (of recorded jobs, say) is asked for again no sooner than this. */
const UNKNOWN_MS = 1_000;
const MISSED_KEPT = 1_000;

export function createKindDirectory(store: Store, clock: Clock): KindDirectory {
  let known: ReadonlyMap<string, KindFacts> = new Map();
  /** When a kind was last looked for in vain. */
  const missed = new Map<string, number>();
  let readAt: number | null = null;
  let reading: Promise<void> | null = null;

  const refresh = async (): Promise<void> => {
    known = new Map((await store.kinds()).map((facts) => [facts.kind, facts]));
    readAt = clock.monotonic();
  };

  const isStale = (kind: string): boolean => {
    const now = clock.monotonic();
    if (readAt === null || now - readAt > FRESH_MS) return true;
    if (known.has(kind)) return false;
    const missedAt = missed.get(kind);
    return missedAt === undefined || now - missedAt > UNKNOWN_MS;
  };

  return {
    known: (kind) => (isStale(kind) ? undefined : (known.get(kind) ?? null)),
    get: async (kind) => {
      if (isStale(kind)) {
        reading ??= refresh().finally(() => {
          reading = null;
        });
        await reading;
        if (missed.size >= MISSED_KEPT) missed.clear();
        if (!known.has(kind)) missed.set(kind, clock.monotonic());
      }
      return known.get(kind) ?? null;
    },
  };
}
