/**
 * Whole lives of a small world, each made of one seed: real workers over the store in memory, on one fake clock, with an
 * outside service, a bad network, crashes, stops, jumping clocks and people who change their minds. These few seeds run
 * with every test; `npm run simulate` runs as many as you like, and any of them again.
 */
import { expect, test } from "vitest";
import { simulate } from "./simulate.js";

const SEEDS = 200;
/** A broken rule breaks in many seeds; the first few say enough. */
const ENOUGH = 3;

test(`L1, L2 after faults stop every job ends, and no invariant is broken on the way (${SEEDS} seeds)`, {
  timeout: 120_000,
}, async () => {
  const violations: string[] = [];
  for (let seed = 1; seed <= SEEDS && violations.length < ENOUGH; seed++) {
    violations.push(...(await simulate(seed)).violations);
  }
  expect(violations.slice(0, ENOUGH).join("\n\n")).toBe("");
});

test("a seed replays its disaster: the same seed makes the same trace, another seed another", async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= 10; seed++) {
    const [first, again] = [await simulate(seed), await simulate(seed)];
    expect(again.hash).toBe(first.hash);
    hashes.add(first.hash);
  }
  expect(hashes.size).toBe(10);
});
