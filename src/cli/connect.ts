/** From what was given, the environment and the folder to an open Waymark. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { Clock } from "../core/clock.js";
import type { Duration } from "../core/duration.js";
import { silentLogger } from "../core/logger.js";
import { isPostgresUrl } from "../open-store.js";
import { openWaymark, type Waymark } from "../waymark.js";
import type { OpenOptions } from "./command.js";
import { CliError, EXIT } from "./errors.js";

const DEFAULT_FILE = "data/waymark.db";

export interface Given {
  readonly store: string | undefined;
  readonly schema: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}

/** @throws {CliError} `no_store`, `store_not_shared` */
export function storeUrl({ store, env, folder }: Given): string {
  const named = [store, env["WAYMARK_STORE"]].find((each) => each !== undefined && each !== "");
  if (named === "memory:") {
    const why = 'The store "memory:" lives inside one process, so no other one can see it.';
    throw new CliError("store_not_shared", EXIT.usage, `${why} Give sqlite:PATH or postgres://…`);
  }
  if (named !== undefined) return named;
  if (existsSync(path.resolve(folder, DEFAULT_FILE))) return `sqlite:${DEFAULT_FILE}`;
  throw new CliError(
    "no_store",
    EXIT.usage,
    "No store is named. Give --store sqlite:PATH or --store postgres://…, or set WAYMARK_STORE.",
  );
}

/** Options that belong to PostgreSQL; other stores have no schemas. */
export function storeOptions(given: Given): Readonly<Record<string, unknown>> {
  const schema = given.schema ?? given.env["WAYMARK_SCHEMA"];
  return schema === undefined || schema === "" ? {} : { schema };
}

export async function connect(given: Given, clock: Clock, options: OpenOptions): Promise<Waymark> {
  const { migrate = "check", keep, log = false } = options;
  const url = absolute(storeUrl(given), given.folder);
  if (migrate === "check") assertThere(url, given.folder);
  return openWaymark({
    store: url,
    storeOptions: isPostgresUrl(url) ? storeOptions(given) : {},
    clock,
    migrate,
    // How long jobs are kept is the application's business: a look must not remove any.
    retention: { default: keep === undefined ? false : (keep as Duration) },
    ...(log ? {} : { logger: silentLogger }),
  });
}

function absolute(url: string, folder: string): string {
  const file = fileOf(url);
  return file === null ? url : `sqlite:${path.resolve(folder, file)}`;
}

/** SQLite makes a file that is missing; a look must not. */
function assertThere(url: string, folder: string): void {
  const file = fileOf(url);
  if (file === null || existsSync(file)) return;
  const shown = path.relative(folder, file);
  const place = shown.startsWith("..") ? file : shown;
  throw new CliError(
    "store_missing",
    EXIT.trouble,
    `There is no database at ${place}. Is the path right? waymark migrate makes a new one.`,
  );
}

function fileOf(url: string): string | null {
  const file = url.startsWith("sqlite:") ? url.slice("sqlite:".length) : "";
  return file === "" || file.startsWith(":") ? null : file;
}
