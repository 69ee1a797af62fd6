/** What the command line says when it cannot do what was asked, and the exit code that goes with it. */
import { isWaymarkError } from "../core/errors.js";

/** 128 + n besides, when signal n ended a command that was waiting. */
export const EXIT = {
  ok: 0,
  /** The job did not succeed, or verify or doctor found something. */
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  trouble: 5,
} as const;
export type ExitCode = number;

/** Codes that only the command line has, beside those of the library; docs/cli.md lists them. */
export const CLI_ERROR_CODES = [
  "usage",
  "no_store",
  "store_missing",
  "store_not_shared",
  "purged",
  "module_failed",
  "file_unreadable",
  "file_not_written",
  "no_demo",
  "unexpected",
] as const;
type CliErrorCode = (typeof CLI_ERROR_CODES)[number];

/** An error of the command line itself; its sentence says what to do next. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly exitCode: ExitCode;

  constructor(code: CliErrorCode, exitCode: ExitCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): CliError {
  return new CliError("usage", EXIT.usage, message);
}

/** What to tell of any error: never more than a sentence. */
export function faceOf(error: unknown): { code: string; message: string; exitCode: ExitCode } {
  if (error instanceof CliError) return { code: error.code, message: error.message, exitCode: error.exitCode };
  if (isWaymarkError(error)) {
    return { code: error.code, message: error.message, exitCode: exitCodeFor(error.code, error.httpStatus) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "unexpected", message: `Something unexpected went wrong: ${message}`, exitCode: EXIT.trouble };
}

function exitCodeFor(code: string, httpStatus: number): ExitCode {
  if (code === "not_found") return EXIT.notFound;
  if (httpStatus === 409) return EXIT.refused;
  return httpStatus === 400 || httpStatus === 422 ? EXIT.usage : EXIT.trouble;
}
