/**
 * Counts a test run. Whatever keeps a test from saying "passed" counts as failed: a file that does not load, a hook that
 * throws, an error nobody caught, a test that never ran although it was not skipped, and a run without any test.
 */

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Tally
 */

/**
 * Folds what vitest hands to a reporter at the end of a run.
 *
 * @param {Iterable<import("vitest/node").TestModule>} modules
 * @param {readonly unknown[]} unhandledErrors
 * @returns {Tally}
 */
export function tallyOf(modules, unhandledErrors) {
  const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    tally.failed += module.errors().length;
    for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") tally.passed++;
      else if (state === "skipped") tally.skipped++;
      else tally.failed++;
    }
  }
  return tally;
}

/**
 * What the run comes to, given how the runner ended.
 *
 * @param {Tally | null} tally  null when the runner died before it could count
 * @param {number} exitCode     of the runner
 * @returns {Tally}
 */
export function verdict(tally, exitCode) {
  const seen = tally ?? { passed: 0, failed: 0, skipped: 0 };
  const nothingRan = seen.passed + seen.failed + seen.skipped === 0;
  const diedSilently = exitCode !== 0 && seen.failed === 0;
  return tally === null || nothingRan || diedSilently ? { ...seen, failed: seen.failed + 1 } : seen;
}

/** The closing line, e.g. `12 passed, 0 failed` or `12 passed, 0 failed, 1 skipped`. */
export function closingLine({ passed, failed, skipped }) {
  const line = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
