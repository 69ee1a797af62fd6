/** Waiting for real things: processes and servers take the time they take, and every wait has an end. */

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Looks again and again until it holds; a look that throws counts as "not yet", since the store may be away.
 *
 * @param withinMs  the longest wait
 * @throws what never came true, in words
 */
export async function until(
  what: string,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
  everyMs = 50,
): Promise<void> {
  const end = performance.now() + withinMs;
  let last: unknown = null;
  do {
    try {
      if (await holds()) return;
      last = null;
    } catch (error) {
      last = error;
    }
    await pause(everyMs);
  } while (performance.now() < end);
  throw new Error(`After ${Math.round(withinMs / 1_000)} s still not: ${what}.`, { cause: last });
}
