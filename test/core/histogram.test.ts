/** Durations in buckets: what goes in comes out within the width of a bucket, and what is left of a run is never negative. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  add,
  BUCKET_RATIO,
  beyond,
  bucketEdges,
  bucketOf,
  count,
  EMPTY,
  HALF_LIFE_DAYS,
  type Histogram,
  histogramOf,
  LAST_BUCKET,
  likely,
  merge,
  quantile,
} from "../../src/core/histogram.js";

const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
const durations = fc.array(ms, { minLength: 1, maxLength: 60 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const of = (values: readonly number[], ageDays = 0): Histogram =>
  histogramOf(values.map((value) => ({ bucket: bucketOf(value), count: 1, ageDays })));
const cells = fc
  .array(fc.record({ bucket: fc.nat(LAST_BUCKET), count: fc.nat(50), ageDays: fc.nat(30) }), { maxLength: 30 })
  .map((counts) => histogramOf(counts));

describe("buckets", () => {
  it("are about 10 % wide, and each duration lies in its own", () => {
    fc.assert(
      fc.property(ms, (value) => {
        const [low, high] = bucketEdges(bucketOf(value));
        expect(value).toBeGreaterThanOrEqual(low * (1 - 1e-6));
        expect(value).toBeLessThanOrEqual(high * (1 + 1e-6));
        if (low > 0) expect(high / low).toBeCloseTo(BUCKET_RATIO);
      }),
    );
  });

  it("take whatever a clock says", () => {
    for (const odd of [-1, 0, Number.NaN, Number.NEGATIVE_INFINITY]) expect(bucketOf(odd)).toBe(0);
    for (const long of [1e15, Number.POSITIVE_INFINITY]) expect(bucketOf(long)).toBe(LAST_BUCKET);
  });

  it("begin and end without gaps", () => {
    for (let bucket = 1; bucket <= LAST_BUCKET; bucket++) {
      expect(bucketEdges(bucket)[0]).toBe(bucketEdges(bucket - 1)[1]);
    }
  });
});

describe("a histogram", () => {
  it("tells the median of many samples within a bucket's width", () => {
    const values = Array.from({ length: 1_001 }, (_, i) => 10 + i);
    const median = quantile(of(values), 0.5);
    expect(median / 510).toBeGreaterThan(1 / BUCKET_RATIO);
    expect(median / 510).toBeLessThan(BUCKET_RATIO);
  });

  it("has rising quantiles, within its first and last bucket", () => {
    fc.assert(
      fc.property(durations, share, share, (values, p, q) => {
        const histogram = of(values);
        const [low, high] = [quantile(histogram, Math.min(p, q)), quantile(histogram, Math.max(p, q))];
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(bucketEdges(bucketOf(Math.min(...values)))[0]);
        expect(high).toBeLessThanOrEqual(bucketEdges(bucketOf(Math.max(...values)))[1] * (1 + 1e-9));
      }),
    );
  });

  it("counts what is added, whatever its age, and merging is adding, in any order", () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        const both = of([...a, ...b]);
        const merged = merge(of(a), of(b));
        const swapped = merge(of(b), of(a));
        expect(count(merged)).toBe(a.length + b.length);
        const one = b.reduce((sum, value) => add(sum, bucketOf(value)), of(a));
        for (const p of [0, 0.1, 0.5, 0.9, 1]) {
          for (const other of [merged, swapped, one]) expect(quantile(other, p)).toBeCloseTo(quantile(both, p), 3);
        }
        expect(merged.effective).toBeCloseTo(both.effective, 6);
      }),
    );
  });

  it("never changes what it was made of", () => {
    const before = of([1, 2, 3]);
    const copy = structuredClone(before);
    add(before, 7, 3);
    merge(before, of([9]));
    beyond(before, 2);
    expect(before).toEqual(copy);
  });

  it("weighs a sample half after the half-life, but counts it whole", () => {
    const old = of([1_000], HALF_LIFE_DAYS);
    expect([old.weight, count(old)]).toEqual([0.5, 1]);
    const mixed = merge(
      of(
        Array.from({ length: 10 }, () => 1_000),
        HALF_LIFE_DAYS * 4,
      ),
      of([9_000, 9_000, 9_000]),
    );
    expect(quantile(mixed, 0.5)).toBeGreaterThan(8_000);
    expect(mixed.effective).toBeLessThan(count(mixed));
  });

  it("that is empty answers 0 and nothing likely but 0", () => {
    expect([quantile(EMPTY, 0.5), count(EMPTY), beyond(EMPTY, 10).weight]).toEqual([0, 0, 0]);
    expect(likely(EMPTY, 3)).toEqual([0, 0, 0]);
    expect(histogramOf([{ bucket: 3, count: 0, ageDays: 0 }])).toEqual(EMPTY);
  });
});

describe("what is left", () => {
  it("is never negative, and never more than the longest minus what has passed", () => {
    fc.assert(
      fc.property(cells, ms, share, (histogram, elapsed, p) => {
        const left = beyond(histogram, elapsed);
        const most = Math.max(0, (histogram.cells.at(-1)?.high ?? 0) - elapsed);
        expect(quantile(left, p)).toBeGreaterThanOrEqual(0);
        expect(quantile(left, p)).toBeLessThanOrEqual(most + 1e-6 * (1 + elapsed));
        expect(left.weight).toBeLessThanOrEqual(histogram.weight + 1e-9);
        expect(left.effective).toBeLessThanOrEqual(histogram.effective + 1e-9);
      }),
    );
  });

  it("is by those that took longer: evidence only shrinks while time passes", () => {
    fc.assert(
      fc.property(cells, ms, ms, (histogram, a, b) => {
        const [early, late] = [beyond(histogram, Math.min(a, b)), beyond(histogram, Math.max(a, b))];
        expect(late.weight).toBeLessThanOrEqual(early.weight + 1e-9);
        expect(late.samples).toBeLessThanOrEqual(early.samples);
      }),
    );
  });

  it("leaves a histogram as it is when nothing has passed, and empty past its end", () => {
    const histogram = of([10, 100, 1_000]);
    expect(beyond(histogram, 0)).toBe(histogram);
    expect(beyond(histogram, 2_000)).toMatchObject({ cells: [], weight: 0, samples: 0 });
    expect(quantile(beyond(histogram, 500), 0.5)).toBeGreaterThan(400);
  });
});

describe("likely durations", () => {
  it("rise and are never negative", () => {
    fc.assert(
      fc.property(cells, ms, (histogram, elapsed) => {
        const points = likely(beyond(histogram, elapsed), 16);
        for (const [i, point] of points.entries()) expect(point).toBeGreaterThanOrEqual(i === 0 ? 0 : points[i - 1]!);
      }),
    );
  });

  it("reach beyond the few that were seen, and less so the more there are", () => {
    const width = (n: number): number => {
      const points = likely(of(Array.from({ length: n }, () => 1_000)), 16);
      return points.at(-1)! / points[0]!;
    };
    expect(width(5)).toBeGreaterThan(1.5);
    expect(width(5)).toBeGreaterThan(width(10));
    expect(width(10)).toBeGreaterThan(width(200));
    expect(width(200)).toBeLessThan(1.2);
  });
});
