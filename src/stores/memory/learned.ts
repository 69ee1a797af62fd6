/** Durations in memory: counts by kind and day. */
import { KEPT_DAYS } from "../../core/histogram.js";
import type { DurationSample, LearnedDurations } from "../../core/store.js";

const DAY_MS = 86_400_000;

export class Learned {
  /** Kind → day → cell. */
  readonly #kinds = new Map<string, Map<number, Map<string, DurationSample>>>();

  add(samples: readonly DurationSample[], now: number): void {
    const today = Math.floor(now / DAY_MS);
    for (const sample of samples) {
      const days = this.#kinds.get(sample.kind) ?? new Map<number, Map<string, DurationSample>>();
      const cells = days.get(today) ?? new Map<string, DurationSample>();
      const key = JSON.stringify([sample.measure, sample.stage, sample.size, sample.bucket]);
      cells.set(key, { ...sample, count: sample.count + (cells.get(key)?.count ?? 0) });
      this.#kinds.set(sample.kind, days.set(today, cells));
    }
  }

  of(kind: string, now: number): LearnedDurations {
    const today = Math.floor(now / DAY_MS);
    const counts = [...(this.#kinds.get(kind) ?? [])].flatMap(([day, cells]) =>
      day <= today - KEPT_DAYS
        ? []
        : [...cells.values()].map(({ kind: _kind, ...cell }) => ({ ...cell, ageDays: Math.max(0, today - day) })),
    );
    return { kind, counts };
  }

  forget(now: number): void {
    const oldest = Math.floor(now / DAY_MS) - KEPT_DAYS;
    for (const [kind, days] of this.#kinds) {
      for (const day of days.keys()) if (day <= oldest) days.delete(day);
      if (days.size === 0) this.#kinds.delete(kind);
    }
  }
}
