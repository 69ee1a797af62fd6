/**
 * The migration runner that the durable stores share. A store's schema is a numbered list of scripts that is only ever
 * added to; this decides which of them are missing and in what mode, and knows nothing of any driver. How a script runs
 * (its lock, its transaction, where the version is kept) is the store's own business, behind `MigrationPort`.
 */
import { WaymarkError } from "../core/errors.js";

export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  /** A few words for the reader of the printed script. */
  readonly name: string;
  /** Whole statements, each ended by a semicolon. Never changed once released. */
  readonly sql: string;
}

/**
 * "auto" applies what is missing. "check" applies nothing and refuses an outdated schema, for processes whose role may
 * not create tables. "off" trusts the schema unread.
 */
export type MigrateMode = "auto" | "check" | "off";

const MODES: readonly unknown[] = ["auto", "check", "off"];

/** @throws {WaymarkError} `invalid_option` */
export function checkMigrateMode(mode: unknown): void {
  if (MODES.includes(mode)) return;
  throw new WaymarkError("invalid_option", { option: "migrate", problem: 'it is "auto", "check" or "off"' });
}

/** What a store lends to the runner. */
export interface MigrationPort {
  /** The version of the schema that is there; 0 when there is none. */
  readVersion(): Promise<number>;
  /**
   * Runs one script and records its version, both in one transaction, under a lock that keeps other processes out.
   * Does nothing when the version read *inside* that lock says that somebody else was faster.
   */
  apply(migration: Migration): Promise<void>;
}

/** The version that a whole list leads to; 0 for an empty one. */
export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/**
 * Brings a schema up to date, or refuses it.
 *
 * @throws {WaymarkError} `schema_outdated` in mode "check" when scripts are missing; `schema_too_new` in the modes
 *   "auto" and "check" when the schema is of a later release than this package
 */
export async function migrate(
  port: MigrationPort,
  migrations: readonly Migration[],
  mode: MigrateMode = "auto",
): Promise<void> {
  if (mode === "off") return;
  const needed = latestVersion(migrations);
  const found = await port.readVersion();
  if (found > needed) throw new WaymarkError("schema_too_new", { found, needed });
  if (found === needed) return;
  if (mode === "check") throw new WaymarkError("schema_outdated", { found, needed });
  for (const migration of missing(migrations, found)) await port.apply(migration);
}

/**
 * The scripts as text, for people who apply them with tools of their own.
 *
 * @param found  the version that is there already; its scripts and those before it are left out. Default 0
 */
export function printMigrations(migrations: readonly Migration[], found = 0): string {
  return missing(migrations, found)
    .map(({ version, name, sql }) => `-- ${version}: ${name}\n${sql.trim()}\n`)
    .join("\n");
}

function missing(migrations: readonly Migration[], found: number): readonly Migration[] {
  return migrations.filter(({ version }) => version > found);
}
