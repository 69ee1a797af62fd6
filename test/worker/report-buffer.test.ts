/** How often the progress of running jobs is written: often enough to be watched, and never so that other work suffers. */
import { expect, it } from "vitest";
import type { LeaseRef } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { createReportBuffer } from "../../src/worker/report-buffer.js";

const LEASE: LeaseRef = { jobId: "one", fence: 1 };

/** When a job that reports a hundred times a second is written, in ms, where each write takes so long. */
async function writesOf(tookMs: number, forMs: number): Promise<number[]> {
  const clock = new FakeClock();
  const startedAt = clock.monotonic();
  const writes: number[] = [];
  const buffer = createReportBuffer({
    clock,
    store: {
      report: async (reports) => {
        writes.push(clock.monotonic() - startedAt);
        if (tookMs > 0) await new Promise<void>((resolve) => void clock.after(tookMs, resolve));
        return reports.map(() => "held");
      },
    },
    onAnswer: () => {},
    onTrouble: (error) => expect.unreachable(String(error)),
  });
  for (let passed = 0; passed < forMs; passed += 10) {
    buffer.put(LEASE, { percent: passed / forMs });
    await clock.advance(10);
  }
  return writes;
}

const gaps = (writes: readonly number[]): number[] => writes.slice(1).map((at, i) => at - writes[i]!);

it("is four times a second at most while the store is quick", async () => {
  expect(new Set(gaps(await writesOf(0, 3_000)))).toEqual(new Set([300]));
  expect(new Set(gaps(await writesOf(10, 3_000)))).toEqual(new Set([300]));
});

it("is less often where writing takes long, so that it takes a 25th of the time", async () => {
  expect(new Set(gaps(await writesOf(20, 5_000)))).toEqual(new Set([500]));
});

it("is once a second at least, however long writing takes", async () => {
  expect(new Set(gaps(await writesOf(400, 10_000)))).toEqual(new Set([1_000]));
});
