/** Every planted bug. `npm run mutants` plants one after the other and expects a test to fail for each. */
import { AT_THE_DOORS } from "./at-the-doors.js";
import { IN_THE_CORE } from "./in-the-core.js";
import { IN_THE_MEMORY_STORE } from "./in-the-memory-store.js";
import { IN_THE_POSTGRES_STORE } from "./in-the-postgres-store.js";
import { IN_THE_SQLITE_STORE } from "./in-the-sqlite-store.js";
import type { Mutant } from "./mutant.js";

export { tableOf } from "./table.js";

export const MUTANTS: readonly Mutant[] = [
  ...IN_THE_CORE,
  ...IN_THE_MEMORY_STORE,
  ...IN_THE_SQLITE_STORE,
  ...IN_THE_POSTGRES_STORE,
  ...AT_THE_DOORS,
];
