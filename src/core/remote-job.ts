/** A job that an outside service performs: where it is sent, and what is done with the service's result. */
import { WaymarkError } from "./errors.js";
import { assertOptions, type NamesOf } from "./options.js";

export interface RemoteOptions {
  /** Where attempts are posted: absolute, http(s), without credentials. Its origin must be one the service is allowed. */
  readonly url: string;
  /** The name under which `openWaymark({ services })` knows its secrets. 1 to 64 of `A-Z a-z 0-9 _ . -`. */
  readonly service: string;
}

/** What a receiver is told of the job whose result it is given. */
export interface RemoteJob<Input = unknown> {
  readonly jobId: string;
  readonly kind: string;
  readonly owner: string | null;
  readonly generation: number;
  readonly attempt: number;
  readonly fence: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly input: Input;
}

/**
 * Makes the job's result of the service's, before the job is completed; see docs/outside-services.md. It may be called
 * more than once for one job, so what it writes is unique by `job.jobId`. A JobError fails the attempt; anything else
 * that is thrown is answered 503, so that the service reports again.
 *
 * @param result  as the service sent it, unchecked
 */
export type Receive<Input, Output> = (result: unknown, job: RemoteJob<Input>) => Output | Promise<Output>;

const NAMES: NamesOf<RemoteOptions> = { url: true, service: true };
const SERVICE = /^[A-Za-z0-9_.-]{1,64}$/;
/** A lease is given to this holder, so the store itself knows which service an attempt was sent to. */
const HOLDER = "service:";

/** @throws {WaymarkError} `invalid_option` */
export function assertServiceName(name: unknown): asserts name is string {
  if (typeof name === "string" && SERVICE.test(name)) return;
  throw new WaymarkError("invalid_option", {
    option: "service",
    problem: "it has 1 to 64 characters of A-Z a-z 0-9 _ . -",
  });
}

/** Who holds an attempt that was sent to `service`: its `workerId`. */
export function serviceHolder(service: string): string {
  return `${HOLDER}${service}`;
}

/** The service behind a `workerId`; null when it is no service. */
export function serviceOf(workerId: string | null): string | null {
  return workerId?.startsWith(HOLDER) ? workerId.slice(HOLDER.length) : null;
}

/** The options, checked. `refuse` throws. */
export function remoteTarget(remote: RemoteOptions, refuse: (problem: string) => never): RemoteOptions {
  assertOptions(remote, NAMES, "remote");
  const { url, service } = remote;
  assertServiceName(service);
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return refuse("remote.url is no absolute URL");
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") refuse("remote.url is not http(s)");
  if (parsed.username !== "" || parsed.password !== "") refuse("remote.url carries credentials");
  return Object.freeze({ url: parsed.href, service });
}
