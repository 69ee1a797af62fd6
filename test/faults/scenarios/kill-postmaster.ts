/** The whole PostgreSQL server is killed and started again. */
import type { Scenario } from "../kit/scenario.js";
import { underServerFaults } from "./server-faults.js";

export const killPostmaster: Scenario = {
  name: "kill-postmaster",
  title: "`kill -9` of the postmaster",
  stores: ["postgres"],
  inCi: true,
  run: (trial) =>
    underServerFaults(
      trial,
      trial.scaled({
        ci: { times: 1, gapMs: [2_000, 3_000] as const },
        quick: { times: 3, gapMs: [4_000, 6_000] as const },
        full: { times: 15, gapMs: [4_000, 6_000] as const },
      }),
      async () => {
        await trial.server.killPostmaster();
        return "kill -9 of the postmaster, and a start";
      },
    ),
};
