/** The stores that can be measured, by the name the command line gives them. */
import path from "node:path";
import { memoryPlace } from "../stores/memory.mjs";
import { postgresPlace } from "../stores/postgres.mjs";
import { sqlitePlace } from "../stores/sqlite.mjs";

/** `where`: `{ folder, postgresUrl }` */
export const PLACES = {
  postgres: ({ postgresUrl }) => postgresPlace(postgresUrl),
  sqlite: ({ folder }) => sqlitePlace(path.join(folder, "full.db")),
  "sqlite-normal": ({ folder }) =>
    sqlitePlace(path.join(folder, "normal.db"), { storeOptions: { synchronous: "NORMAL" } }),
  memory: () => memoryPlace(),
};
