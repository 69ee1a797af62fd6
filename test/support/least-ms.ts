/** What something costs, whatever else the machine has to do: the least of several runs. */

/** @returns ms of the quickest of five runs */
export function leastMs(run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 5; turn++) {
    const startedAt = performance.now();
    run();
    least = Math.min(least, performance.now() - startedAt);
  }
  return least;
}
