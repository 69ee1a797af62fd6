/**
 * The status as it travels: JSON. Bodies of the HTTP API and the data of its event streams are `WireStatus`; browser code
 * reads them by this type. Types and one pure function, nothing else.
 */
import type { JobStatusInfo } from "./status-info.js";

/** `T` as JSON.parse gives it back: a Date is an ISO 8601 text. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Wire<T[Key]> }
      : T;

/** A job's status on the wire: the union of `JobStatusInfo`, still discriminated by `status`. */
export type WireStatus<Result = unknown> = Wire<JobStatusInfo<Result>>;

/** `info` as whoever reads it from the wire gets it. */
export function toWire<Result>(info: JobStatusInfo<Result>): WireStatus<Result> {
  return JSON.parse(JSON.stringify(info)) as WireStatus<Result>;
}
