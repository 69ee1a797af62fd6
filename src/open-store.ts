/** Opens the store that a URL names. */
import type { Clock } from "./core/clock.js";
import { WaymarkError } from "./core/errors.js";
import type { Store } from "./core/store.js";
import { memoryStore } from "./stores/memory/store.js";
import type { MigrateMode } from "./stores/migrate.js";
import { postgresStore } from "./stores/postgres/store.js";
import { sqliteStore } from "./stores/sqlite/store.js";

export interface OpenStoreOptions {
  readonly clock: Clock;
  /** "auto": bring the schema up to date. "check": refuse to open another version. "off": trust. Default "auto". */
  readonly migrate?: MigrateMode;
  /** Further options of that store, such as `schema` for PostgreSQL. */
  readonly [option: string]: unknown;
}

/**
 * @param url  `memory:`, `sqlite:PATH` or `postgres://…`
 * @throws {WaymarkError} `invalid_store_url`, `driver_missing`, `schema_outdated`, `store_unavailable`
 */
export async function openStore(url: string, options: OpenStoreOptions): Promise<Store> {
  if (url === "memory:") {
    // It has no schema.
    const { migrate: _none, ...rest } = options;
    return memoryStore(rest);
  }
  if (url.startsWith("sqlite:") && url.length > "sqlite:".length) {
    return sqliteStore({ ...options, path: url.slice("sqlite:".length) });
  }
  if (isPostgresUrl(url)) return postgresStore({ ...options, url });
  throw new WaymarkError("invalid_store_url", { given: withoutPassword(url) });
}

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

/** An error message may be shown: it must not repeat a password. */
function withoutPassword(url: string): string {
  return JSON.stringify(url.slice(0, 200).replace(/:\/\/[^@]*@/, "://…@"));
}
