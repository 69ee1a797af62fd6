/**
 * Everything this example refuses to read, with the sentence a person can act on. All are faults of the file, so trying
 * the same file again cannot help: category "input", not retryable.
 */
import { JobError } from "waymark";

export type RefusalCode =
  | "file_not_found"
  | "file_not_readable"
  | "empty_file"
  | "not_a_csv"
  | "too_large"
  | "no_rows"
  | "too_many_columns"
  | "uneven_rows";

export function refusal(code: RefusalCode, message: string, cause?: unknown): JobError {
  return new JobError({
    code,
    message,
    category: "input",
    retryable: false,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A size as people write it: "812 bytes", "48 kB", "50 MB", "1.1 GB". */
export function sizeInWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const [unit, name] = bytes < 999_500 ? [1e3, "kB"] : bytes < 999_500_000 ? [1e6, "MB"] : [1e9, "GB"];
  const size = bytes / unit;
  return `${size < 10 ? Number(size.toFixed(1)) : Math.round(size)} ${name}`;
}
