/** Jobs for the tests, without anything of Vitest, so that child processes can make them too. */
import type { NewJob } from "../../src/core/store.js";

/** `count` plain jobs; ids differ by process, round and place. */
export function newJobs(process: number, round: number, count: number): NewJob[] {
  return Array.from({ length: count }, (_, i) => {
    const [a, b] = [hex(round, 8), hex(process, 6) + hex(i, 6)];
    return {
      jobId: `${a}-0000-7000-8000-${b}`,
      kind: "kind",
      queue: "queue",
      owner: null,
      priority: 0,
      runAt: null,
      expiresInMs: null,
      maxAttempts: 3,
      payload: '{"n":1}',
      metadata: null,
      uniqueKey: null,
      idempotencyKey: null,
      concurrencyKey: null,
      concurrencyLimit: null,
      parentId: null,
      rerunOf: null,
      recorded: false,
    };
  });
}

function hex(value: number, digits: number): string {
  return (value % 16 ** digits).toString(16).padStart(digits, "0");
}
