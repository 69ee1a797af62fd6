/** Imports the module that a worker is to run, and finds the handlers in what it exports. */
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { BoundHandler } from "../core/define-job.js";
import { CliError, EXIT, usageError } from "./errors.js";

/** @throws {CliError} `usage` when it is not there or exports no handler; `module_failed` when it cannot be loaded */
export async function loadHandlers(name: string, folder: string): Promise<readonly BoundHandler[]> {
  const file = path.resolve(folder, name);
  if (!existsSync(file)) throw usageError(`There is no module at ${name}.`);
  const handlers = Object.values(await load(file, name)).flatMap((each) =>
    Array.isArray(each) ? each.filter(isHandler) : isHandler(each) ? [each] : [],
  );
  if (handlers.length > 0) return [...new Set(handlers)];
  throw usageError(
    `${name} exports no handler. Export what definition.handle(…) returns, or an array of them as the default.`,
  );
}

async function load(file: string, name: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    const isTypeScript = code === "ERR_UNKNOWN_FILE_EXTENSION";
    const problem = isTypeScript ? "Node cannot run this kind of file; build it to JavaScript first" : message;
    throw new CliError("module_failed", EXIT.trouble, `${name} could not be loaded: ${problem}`, { cause });
  }
}

function isHandler(value: unknown): value is BoundHandler {
  const { definition, run } = (value ?? {}) as { definition?: { kind?: unknown }; run?: unknown };
  return typeof run === "function" && typeof definition?.kind === "string";
}
