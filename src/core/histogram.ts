/**
 * Durations as counts in buckets about 10 % wide, and what can be told from them: quantiles, and how long something that
 * has taken so long already may still take. Older periods count less. Pure; nothing is ever changed in place.
 */

/** Each bucket ends this much further than it begins. */
export const BUCKET_RATIO = 1.1;
/** After so many days a sample counts half. */
export const HALF_LIFE_DAYS = 5;
/** Periods older than this are forgotten by the stores, in days. */
export const KEPT_DAYS = 30;
/** Longer durations all fall into the last one: 1.1^299 ms are some 70 years. */
export const LAST_BUCKET = 300;

const STEP: number = Math.log(BUCKET_RATIO);

/** 0 holds what is under a millisecond, `b` > 0 what is from 1.1^(b−1) to 1.1^b ms. */
export function bucketOf(ms: number): number {
  if (!(ms >= 1)) return 0;
  return Math.min(LAST_BUCKET, 1 + Math.floor(Math.log(ms) / STEP + 1e-9));
}

/** Where a bucket begins and ends, in ms. */
export function bucketEdges(bucket: number): readonly [low: number, high: number] {
  return bucket <= 0 ? [0, 1] : [BUCKET_RATIO ** (bucket - 1), BUCKET_RATIO ** bucket];
}

interface Cell {
  readonly low: number;
  readonly high: number;
  /** Samples, each weighted by its age. */
  readonly weight: number;
}

/** Samples, or what is left of them. Cells in rising order, none overlapping. */
export interface Histogram {
  readonly cells: readonly Cell[];
  /** Of all cells. */
  readonly weight: number;
  /** How many samples there are, unweighted. */
  readonly samples: number;
  /** How many samples of one weight would say as much: fewer than `samples` when some count less than others. */
  readonly effective: number;
}

export interface Count {
  readonly bucket: number;
  readonly count: number;
  /** 0 = today's. */
  readonly ageDays: number;
}

export const EMPTY: Histogram = { cells: [], weight: 0, samples: 0, effective: 0 };

export function histogramOf(counts: Iterable<Count>): Histogram {
  const weights = new Map<number, number>();
  let [weight, squares, samples] = [0, 0, 0];
  for (const { bucket, count, ageDays } of counts) {
    if (!(count > 0)) continue;
    const each = 2 ** (-Math.max(0, ageDays) / HALF_LIFE_DAYS);
    weights.set(bucket, (weights.get(bucket) ?? 0) + each * count);
    weight += each * count;
    squares += each * each * count;
    samples += count;
  }
  const cells = [...weights]
    .sort(([a], [b]) => a - b)
    .map(([bucket, own]) => {
      const [low, high] = bucketEdges(bucket);
      return { low, high, weight: own };
    });
  return { cells, weight, samples, effective: squares === 0 ? 0 : (weight * weight) / squares };
}

/** The histogram with more samples of today. */
export function add(histogram: Histogram, bucket: number, count = 1): Histogram {
  return merge(histogram, histogramOf([{ bucket, count, ageDays: 0 }]));
}

/** Both together. For whole histograms: what `beyond` left of one has other cells. */
export function merge(a: Histogram, b: Histogram): Histogram {
  if (a.weight === 0) return b;
  if (b.weight === 0) return a;
  const cells = new Map(a.cells.map((cell) => [cell.low, cell]));
  for (const cell of b.cells) {
    cells.set(cell.low, { ...cell, weight: cell.weight + (cells.get(cell.low)?.weight ?? 0) });
  }
  const squares = a.weight ** 2 / a.effective + b.weight ** 2 / b.effective;
  const weight = a.weight + b.weight;
  return {
    cells: [...cells.values()].sort((x, y) => x.low - y.low),
    weight,
    samples: a.samples + b.samples,
    effective: weight ** 2 / squares,
  };
}

/** How many samples there are, unweighted. */
export function count(histogram: Histogram): number {
  return histogram.samples;
}

/** The duration that the share `p` of all samples stays under, in ms; 0 when there are none. */
export function quantile(histogram: Histogram, p: number): number {
  let wanted = Math.min(1, Math.max(0, p)) * histogram.weight;
  for (const { low, high, weight } of histogram.cells) {
    // Inside a cell they are spread evenly.
    if (wanted <= weight) return low + ((high - low) * wanted) / weight;
    wanted -= weight;
  }
  return histogram.cells.at(-1)?.high ?? 0;
}

/** What is left, by the samples that took longer than `elapsedMs`: how much longer each took. */
export function beyond(histogram: Histogram, elapsedMs: number): Histogram {
  if (!(elapsedMs > 0)) return histogram;
  const cells = histogram.cells.flatMap(({ low, high, weight }) => {
    if (high <= elapsedMs) return [];
    const from = Math.max(low, elapsedMs);
    return { low: from - elapsedMs, high: high - elapsedMs, weight: (weight * (high - from)) / (high - low) };
  });
  const weight = cells.reduce((sum, cell) => sum + cell.weight, 0);
  const share = histogram.weight === 0 ? 0 : weight / histogram.weight;
  return { cells, weight, samples: Math.round(histogram.samples * share), effective: histogram.effective * share };
}

/**
 * The histogram as a few equally likely durations in rising order, wide enough for what so few samples cannot show: the
 * next sample falls outside those seen before more often the fewer they are.
 */
export function likely(histogram: Histogram, points: number): number[] {
  const { cells, effective: n } = histogram;
  const durations: number[] = [];
  // One walk through the cells for all points, as they rise.
  let [cell, before] = [0, 0];
  for (let i = 0; i < points; i++) {
    const rank = ((i + 0.5) / points) * (n + 1);
    const wanted = n > 0 ? Math.min(1, Math.max(0, (rank - 0.5) / n)) * histogram.weight : 0;
    while (cell < cells.length - 1 && wanted > before + cells[cell]!.weight) before += cells[cell++]!.weight;
    const { low, high, weight } = cells[cell] ?? NOTHING;
    const inside = low + (high - low) * Math.min(1, (wanted - before) / weight);
    const outside = rank < 1 ? rank - 1 : Math.max(0, rank - n);
    durations.push(outside === 0 ? inside : inside * BUCKET_RATIO ** (BEYOND_SEEN * outside));
  }
  return durations;
}

const NOTHING: Cell = { low: 0, high: 0, weight: 1 };

/** Buckets that a duration may lie outside of all those seen. */
const BEYOND_SEEN = 6;
