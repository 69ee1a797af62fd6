/** The list of planted bugs is fit to be used; `npm run mutants` plants them, which takes minutes. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTANTS, tableOf } from "./index.js";

const text = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

test.each(MUTANTS.map((mutant) => [mutant.id, mutant] as const))("can be planted: %s", (_id, mutant) => {
  const { file, search, replace, tests } = mutant;
  // Whoever changes these lines carries the planted bug along; see test/mutants/.
  expect(text(file).split(search), `${file} has the text to replace exactly once`).toHaveLength(2);
  expect(replace).not.toBe(search);
  for (const each of tests) expect(existsSync(new URL(`../../${each}`, import.meta.url)), each).toBe(true);
});

test("there are many, each with a name of its own", () => {
  expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
});

test("the documentation tells of all of them", () => {
  expect(text("docs/reliability/mutants.md")).toBe(tableOf(MUTANTS));
});
