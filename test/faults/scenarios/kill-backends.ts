/** A backend of PostgreSQL is killed every few seconds: the server takes all connections down with it and recovers. */
import type { Scenario } from "../kit/scenario.js";
import { underServerFaults } from "./server-faults.js";

export const killBackends: Scenario = {
  name: "kill-backends",
  title: "`kill -9` of a PostgreSQL backend every 4 s",
  stores: ["postgres"],
  inCi: true,
  run: (trial) =>
    underServerFaults(
      trial,
      trial.scaled({
        ci: { times: 3, gapMs: [2_000, 3_000] as const },
        quick: { times: 6, gapMs: [3_000, 5_000] as const },
        full: { times: 45, gapMs: [3_500, 4_500] as const },
      }),
      async () => {
        const killed = await trial.server.killBackend((pids) => trial.chance.pick(pids)).catch(() => false);
        return killed ? "kill -9 of a backend" : null;
      },
    ),
};
