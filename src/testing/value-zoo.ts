/**
 * The value zoo: odd values with the one answer every store gives (SECURITY L5, L6). Run it through a store of your own:
 * write each value, read it back, and compare. The limits it expects are the defaults: 1 MiB, 64 levels.
 */
import { describe, expect, it } from "vitest";
import type { ZooEntry } from "./value-zoo-entry.js";
import { REFUSED_VALUES } from "./value-zoo-refused.js";
import { STORED_VALUES } from "./value-zoo-stored.js";

export type { ZooEntry };

export const VALUE_ZOO: readonly ZooEntry[] = [...STORED_VALUES, ...REFUSED_VALUES];

/**
 * Runs every value of the zoo as a test of vitest.
 *
 * @param roundTrip  writes the value through the public door and answers what is read back; rejects when refused
 */
export function testValueZoo(name: string, roundTrip: (value: unknown) => Promise<unknown>): void {
  describe(`${name}: the value zoo`, () => {
    for (const { name: value, make, expect: answer } of VALUE_ZOO) {
      if ("stored" in answer) {
        it(`L6 stores ${value}`, async () => {
          const back = await roundTrip(make());
          expect(back).toEqual(answer.stored);
          // Also the order of keys, and keys like "__proto__", which comparisons look past.
          expect(JSON.stringify(back)).toBe(JSON.stringify(answer.stored));
        });
      } else {
        it(`L6 refuses ${value} (${answer.refused}${answer.path === undefined ? "" : ` at ${answer.path}`})`, async () => {
          const error: unknown = await roundTrip(make()).then(
            (back) => expect.fail(`stored as ${JSON.stringify(back)?.slice(0, 200)}`),
            (reason: unknown) => reason,
          );
          expect(error).toMatchObject({ name: "WaymarkError", code: answer.refused });
          if (answer.path !== undefined) expect(error).toMatchObject({ details: { path: answer.path } });
        });
      }
    }
  });
}
