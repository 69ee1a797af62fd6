/**
 * Whole lives of a small world, each made of one seed: real workers over the store in memory, on one fake clock, with a
 * bad network, crashes, stops, jumping clocks and people who change their minds. Any seed can be run again alone:
 * SIMULATION_FROM=seed SIMULATION_SEEDS=1 npx vitest run test/simulation
 */
import { expect, test } from "vitest";
import { simulate } from "./simulate.js";

const FROM = Number(process.env["SIMULATION_FROM"] ?? 1);
const SEEDS = Number(process.env["SIMULATION_SEEDS"] ?? 200);
/** A broken rule breaks in many seeds; the first few say enough. */
const ENOUGH = 3;

test(`L1 after faults stop every job ends, and no invariant is broken on the way (${SEEDS} seeds from ${FROM})`, {
  timeout: 60_000 + SEEDS * 200,
}, async () => {
  const violations: string[] = [];
  for (let seed = FROM; seed < FROM + SEEDS && violations.length < ENOUGH; seed++) {
    violations.push(...(await simulate(seed)).violations);
  }
  expect(violations.slice(0, ENOUGH).join("\n\n")).toBe("");
});

test("a seed replays its disaster: the same seed makes the same trace, another seed another", async () => {
  const hashes = new Set<string>();
  for (let seed = FROM; seed < FROM + 10; seed++) {
    const [first, again] = [await simulate(seed), await simulate(seed)];
    expect(again.hash).toBe(first.hash);
    hashes.add(first.hash);
  }
  expect(hashes.size).toBe(10);
});
