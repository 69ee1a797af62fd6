/** "Did you mean …?": the known word that a mistyped one is nearest to. */

/** Null when none is near enough to be meant. What was only begun is taken for what it begins. */
export function nearest(given: string, known: readonly string[]): string | null {
  const begun = known.filter((word) => given.length >= 3 && word.startsWith(given));
  if (begun.length === 1) return begun[0]!;
  const near = known
    .map((word) => ({ word, away: distance(given.slice(0, 64), word) }))
    .filter(({ word, away }) => away <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.away - b.away)[0];
  return near?.word ?? null;
}

/** Letters to add, drop, change, or swap with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}
