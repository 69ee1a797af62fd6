/** Many small calls become few large ones, and each caller gets the answer to its own. */
import { expect, test } from "vitest";
import { createBatcher } from "../../src/core/batcher.js";

/** A batcher of at most three items whose calls end when the test says so. */
function scene(splitOnError: (error: unknown) => boolean = () => false) {
  const calls: { readonly items: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  const batcher = createBatcher<number, string>({
    run: (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => (error === undefined ? resolve(items.map(String)) : reject(error));
        calls.push({ items, end });
      }),
    maxItems: 3,
    splitOnError,
  });
  return { calls, batcher };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("a lone caller waits for nobody", async () => {
  const { calls, batcher } = scene();
  const answer = batcher(1);
  await Promise.resolve();
  expect(calls).toHaveLength(1);
  calls[0]!.end();
  expect(await answer).toBe("1");
});

test("what is asked for while a call is under way goes together, and nobody beyond the largest batch is forgotten", async () => {
  const { calls, batcher } = scene();
  const first = batcher(0);
  await turn();
  const others = [1, 2, 3, 4, 5, 6, 7].map((item) => batcher(item));
  for (let ended = 0; ended < 4; ended++) {
    await turn();
    calls[ended]?.end();
  }
  expect(await Promise.all([first, ...others])).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
  expect(calls.map(({ items }) => items)).toEqual([[0], [1, 2, 3], [4, 5, 6], [7]]);
});

test("one caller with more than a batch gets all its answers, in order", async () => {
  const { calls, batcher } = scene();
  const answers = batcher.many([1, 2, 3, 4, 5, 6, 7]);
  for (let ended = 0; ended < 3; ended++) {
    await turn();
    calls[ended]?.end();
  }
  expect(await answers).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
});

test("many who ask at once go in as many calls as are free, unless a share of them is not worth a call", async () => {
  const calls: number[][] = [];
  const ends: (() => void)[] = [];
  const batcher = createBatcher<number, number>({
    run: (items) => {
      calls.push([...items]);
      return new Promise((resolve) => ends.push(() => resolve(items)));
    },
    maxItems: 100,
    inFlight: 2,
    share: 3,
  });
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const few = Promise.all(numbers(5).map((item) => batcher(item)));
  await turn();
  expect(calls.splice(0).map((items) => items.length)).toEqual([5]);
  const later = Promise.all(numbers(8).map((item) => batcher(item)));
  await turn();
  // One call is still under way, so that there is nothing to share.
  expect(calls.splice(0).map((items) => items.length)).toEqual([8]);
  for (const end of ends.splice(0)) end();
  expect(await Promise.all([few, later])).toEqual([numbers(5), numbers(8)]);
  const many = Promise.all(numbers(11).map((item) => batcher(item)));
  await turn();
  expect(calls.map((items) => items.length)).toEqual([6, 5]);
  for (const end of ends) end();
  expect(await many).toEqual(numbers(11));
});

test("a batch that failed is tried again caller by caller, where that is safe, and fails only whom it must", async () => {
  const { calls, batcher } = scene(() => true);
  const [good, bad] = [batcher(1), batcher(2)];
  const refused = bad.catch((error: unknown) => String(error));
  await turn();
  calls[0]!.end(new Error("all"));
  await turn();
  calls[1]!.end();
  await turn();
  calls[2]!.end(new Error("two"));
  expect(await good).toBe("1");
  expect(await refused).toBe("Error: two");
});
