/** The ordered list of the memory store, against a plain sorted array. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { SortedList } from "../../src/stores/memory/sorted-list.js";

it("holds, finds, ranks and removes like a sorted array, over many blocks", () => {
  const value = fc.integer({ min: 0, max: 3_000 });
  const steps = fc.array(fc.tuple(fc.constantFrom("add", "add", "add", "delete"), value), { maxLength: 60 });
  fc.assert(
    fc.property(fc.uniqueArray(value, { minLength: 600, maxLength: 1_500 }), steps, value, (first, changes, probe) => {
      const list = new SortedList<number>((a, b) => a - b);
      const items = new Set<number>();
      const add = (item: number): void => {
        if (items.has(item)) return;
        items.add(item);
        list.add(item);
      };
      for (const item of first) add(item);
      for (const [what, item] of changes) {
        if (what === "add") add(item);
        else expect(list.delete(item)).toBe(items.delete(item));
      }
      const sorted = [...items].sort((a, b) => a - b);
      expect([...list]).toEqual(sorted);
      expect(list.size).toBe(sorted.length);
      expect(list.first()).toBe(sorted[0]);
      expect(list.rank(probe)).toBe(sorted.filter((item) => item < probe).length);
      expect([...list.backwards()]).toEqual([...sorted].reverse());
      expect([...list.backwards(probe)]).toEqual(sorted.filter((item) => item < probe).reverse());
      for (const item of sorted) expect(list.delete(item)).toBe(true);
      expect([list.size, list.first(), [...list]]).toEqual([0, undefined, []]);
    }),
    { numRuns: 30 },
  );
});
