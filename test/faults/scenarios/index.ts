/** All scenarios, in the order of the table in docs/reliability.md. */
import type { Scenario } from "../kit/scenario.js";
import { blackHoles } from "./black-holes.js";
import { clockJumps, serverClock } from "./clock-jumps.js";
import { concurrencyLimits } from "./concurrency-limits.js";
import { freezeWorkers } from "./freeze-workers.js";
import { fullDisk } from "./full-disk.js";
import { handlerZoo } from "./handler-zoo.js";
import { heldSnapshot } from "./held-snapshot.js";
import { killBackends } from "./kill-backends.js";
import { killPostmaster } from "./kill-postmaster.js";
import { killWorkers } from "./kill-workers.js";
import { killWriters } from "./kill-writers.js";
import { listenLost } from "./listen-lost.js";
import { manyProcesses } from "./many-processes.js";
import { migrations } from "./migrations.js";
import { poison } from "./poison.js";
import { retentionLoad } from "./retention-load.js";
import { retryStorm } from "./retry-storm.js";
import { rollingRestart } from "./rolling-restart.js";
import { strangerLock } from "./stranger-lock.js";
import { swallowedCommits } from "./swallowed-commits.js";
import { uniqueKeys } from "./unique-keys.js";

export const SCENARIOS: readonly Scenario[] = [
  killWorkers,
  freezeWorkers,
  killBackends,
  killPostmaster,
  swallowedCommits,
  blackHoles,
  listenLost,
  rollingRestart,
  poison,
  handlerZoo,
  manyProcesses,
  strangerLock,
  fullDisk,
  killWriters,
  clockJumps,
  serverClock,
  retentionLoad,
  heldSnapshot,
  uniqueKeys,
  concurrencyLimits,
  retryStorm,
  migrations,
];
