/** Durations in the file: counts by kind and day. */
import { KEPT_DAYS } from "../../core/histogram.js";
import type { DurationCount, DurationMeasure, DurationSample, LearnedDurations } from "../../core/store.js";
import type { Connection } from "./connection.js";
import { FORGET_DURATIONS, LEARN, LEARNED } from "./sql/learned.js";
import type { Transaction } from "./transaction.js";

const DAY_MS = 86_400_000;

export function learn({ connection, now }: Transaction, samples: readonly DurationSample[]): void {
  const period = Math.floor(now / DAY_MS);
  for (const { kind, measure, stage, size, bucket, count } of samples) {
    connection.run(LEARN, { kind, period, measure, stage: stage ?? "", size, bucket, samples: count });
  }
}

interface DurationRow {
  readonly kind: string;
  readonly period: number;
  readonly measure: DurationMeasure;
  readonly stage: string;
  readonly size: number;
  readonly bucket: number;
  readonly samples: number;
}

export function learned(connection: Connection, kinds: readonly string[], now: number): LearnedDurations[] {
  const today = Math.floor(now / DAY_MS);
  const byKind = new Map<string, DurationCount[]>(kinds.map((kind) => [kind, []]));
  const params = { kinds: JSON.stringify([...byKind.keys()]), before: today - KEPT_DAYS };
  for (const { kind, period, measure, stage, size, bucket, samples } of connection.all<DurationRow>(LEARNED, params)) {
    const ageDays = Math.max(0, today - period);
    byKind.get(kind)?.push({ measure, stage: stage === "" ? null : stage, size, bucket, count: samples, ageDays });
  }
  return kinds.map((kind) => ({ kind, counts: byKind.get(kind) ?? [] }));
}

export function forgetDurations({ connection, now }: Transaction): void {
  connection.run(FORGET_DURATIONS, { before: Math.floor(now / DAY_MS) - KEPT_DAYS });
}
