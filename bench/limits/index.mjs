/** What the machine gives the barest code that does a row's work, by store and row. Where there is none, nothing is said. */
import { MEMORY_LIMITS } from "./memory.mjs";
import { drainLimit as postgresDrain } from "./postgres/drain.mjs";
import { enqueueLimit as postgresEnqueue } from "./postgres/enqueue.mjs";
import { latencyLimit as postgresLatency } from "./postgres/latency.mjs";
import { statusLimit as postgresStatus } from "./postgres/status.mjs";
import { drainLimit as sqliteDrain } from "./sqlite/drain.mjs";
import { enqueueLimit as sqliteEnqueue } from "./sqlite/enqueue.mjs";
import { latencyLimit as sqliteLatency } from "./sqlite/latency.mjs";
import { statusLimit as sqliteStatus } from "./sqlite/status.mjs";

const POSTGRES = { enqueue: postgresEnqueue, drain: postgresDrain, latency: postgresLatency, status: postgresStatus };
const SQLITE = { enqueue: sqliteEnqueue, drain: sqliteDrain, latency: sqliteLatency, status: sqliteStatus };

/** limits[store][row]({ place, sizes }) answers figures under the same names as the row does. */
export const LIMITS = { postgres: POSTGRES, sqlite: SQLITE, "sqlite-normal": SQLITE, memory: MEMORY_LIMITS };
