/**
 * The Standard Schema interface, so that zod, valibot, arktype and others describe inputs and outputs alike without one
 * of them being a dependency. Source: the Standard Schema specification, version 1 (standardschema.dev); types only.
 */
import { WaymarkError } from "./errors.js";

export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What goes in, before the schema's own transformations. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["input"];
/** What comes out, after them. */
export type SchemaOutput<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"];

/** Whether a value must be waited for: a promise, or anything else that `await` would wait for. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/**
 * The value as the schema gives it back: at once, unless the schema itself has to wait for something.
 *
 * @param code  the error to throw when the schema refuses
 * @throws {WaymarkError} with all problems in one sentence, and as data in `details.issues`
 */
export function validate<S extends StandardSchema>(
  schema: S,
  value: unknown,
  code: "invalid_input" | "invalid_output",
  kind: string,
): SchemaOutput<S> | Promise<SchemaOutput<S>> {
  const result = schema["~standard"].validate(value);
  return isPromise(result)
    ? Promise.resolve(result).then((told) => accepted(told, code, kind))
    : accepted(result, code, kind);
}

function accepted<Output>(
  result: SchemaResult<Output>,
  code: "invalid_input" | "invalid_output",
  kind: string,
): Output {
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => ({ path: pathText(issue.path), message: issue.message }));
  const problem = issues.map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`));
  throw new WaymarkError(code, { kind, problem: problem.join("; ") || "it does not fit the schema", issues });
}

function pathText(path: SchemaIssue["path"]): string {
  return (path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
}
