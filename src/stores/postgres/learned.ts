/** Durations in PostgreSQL: counts by kind and day. */
import { KEPT_DAYS } from "../../core/histogram.js";
import type { DurationCount, DurationSample, LearnedDurations } from "../../core/store.js";
import { plain, texts } from "./arrays.js";
import type { Db } from "./db.js";

export async function learn(db: Db, samples: readonly DurationSample[]): Promise<void> {
  if (samples.length === 0) return;
  await db.run(db.sql.learn, [
    db.now(),
    texts(samples, ({ kind }) => kind),
    texts(samples, ({ measure }) => measure),
    texts(samples, ({ stage }) => stage),
    plain(samples, ({ size }) => size),
    plain(samples, ({ bucket }) => bucket),
    plain(samples, ({ count }) => count),
  ]);
}

export async function learned(db: Db, kinds: readonly string[]): Promise<LearnedDurations[]> {
  const byKind = new Map<string, DurationCount[]>(kinds.map((kind) => [kind, []]));
  const names = texts([...byKind.keys()], (kind) => kind);
  const rows = kinds.length === 0 ? [] : await db.run(db.sql.learned, [db.now(), names, KEPT_DAYS], true);
  for (const row of rows) {
    byKind.get(row["kind"] as string)?.push({
      measure: row["measure"] as DurationCount["measure"],
      stage: row["stage"] as string | null,
      size: row["size"] as number,
      bucket: row["bucket"] as number,
      count: row["samples"] as number,
      ageDays: row["age_days"] as number,
    });
  }
  return kinds.map((kind) => ({ kind, counts: byKind.get(kind) ?? [] }));
}

export async function forgetDurations(db: Db): Promise<void> {
  await db.run(db.sql.forgetDurations, [db.now(), KEPT_DAYS], true);
}
