/** How often the progress of running jobs is written: often enough to be watched, and never so that other work suffers. */
import { expect, it } from "vitest";
import type { LeaseRef } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { createReportBuffer } from "../../src/worker/report-buffer.js";

/** Ms between the writes of so many jobs that report a hundred times a second for five seconds. */
async function gapsOf(jobs: number): Promise<Set<number>> {
  const clock = new FakeClock();
  const writes: number[] = [];
  const buffer = createReportBuffer({
    clock,
    store: {
      report: async (reports) => {
        expect(reports).toHaveLength(jobs);
        writes.push(clock.monotonic());
        return reports.map(() => "held");
      },
    },
    onAnswer: () => {},
    onTrouble: (error) => expect.unreachable(String(error)),
  });
  const leases = Array.from({ length: jobs }, (_, i): LeaseRef => ({ jobId: `job-${i}`, fence: 1 }));
  for (let turn = 0; turn < 500; turn++) {
    for (const lease of leases) buffer.put(lease, { percent: turn / 5 });
    await clock.advance(10);
  }
  return new Set(writes.slice(1).map((at, i) => at - writes[i]!));
}

it.each([
  ["a few jobs are written four times a second at most", 1, 300],
  ["so are hundreds", 450, 300],
  ["of more, fifteen hundred a second are written", 900, 600],
  ["of very many, each once a second", 3_000, 1_000],
])("%s", async (_rule, jobs, gapMs) => {
  expect(await gapsOf(jobs)).toEqual(new Set([gapMs]));
});
