/** The outside services this process works with, as configured: checked once, at start, and closed when in doubt. */
import type { AnyJobDefinition, BoundReceiver } from "../core/define-job.js";
import { WaymarkError } from "../core/errors.js";
import { assertOptions, type NamesOf } from "../core/options.js";
import { assertServiceName } from "../core/remote-job.js";
import { keyOf } from "./secret.js";

export interface ServiceOptions {
  /** One or two `whsec_…` secrets, for both directions. Two while keys are rotated: either is accepted, both sign. */
  readonly secrets: readonly string[];
  /** Origins it may be called at, such as `https://analysis.example`. Nothing else is ever called. Default: none. */
  readonly origins?: readonly string[];
  /** Lets those origins be `localhost` or a loopback address. Default false. */
  readonly allowLoopback?: boolean;
  /**
   * Where the service reaches the HTTP API of this application, its base path included, such as
   * `https://app.example/api`. A function is asked at each dispatch. Needed to dispatch, not to take callbacks.
   */
  readonly callbackBase?: string | (() => string);
  /**
   * What this process knows of the service's jobs: definitions, to hold results against, or `definition.receive(…)`.
   * Those given to `work` are known too.
   */
  readonly jobs?: readonly (AnyJobDefinition | BoundReceiver)[];
}

/** A service as the other parts use it. */
export interface Service {
  readonly name: string;
  readonly keys: readonly Buffer[];
  readonly origins: ReadonlySet<string>;
  readonly allowLoopback: boolean;
  /** @throws {WaymarkError} `invalid_option` when none, or none that is usable, is configured */
  callbackUrl(jobId: string): string;
}

const NAMES: NamesOf<ServiceOptions> = {
  secrets: true,
  origins: true,
  allowLoopback: true,
  callbackBase: true,
  jobs: true,
};
const MOST_KEYS = 2;

/** @throws {WaymarkError} `invalid_option` for a service without a usable secret, and for a secret two services share */
export function checkServices(options: Readonly<Record<string, ServiceOptions>>): ReadonlyMap<string, Service> {
  const services = new Map<string, Service>();
  const owners = new Map<string, string>();
  for (const [name, given] of Object.entries(options)) {
    assertServiceName(name);
    assertOptions(given, NAMES, `services.${name}`);
    const refuse = (part: string, problem: string): never => {
      throw new WaymarkError("invalid_option", { option: `services.${name}.${part}`, problem });
    };
    const { secrets, origins = [], allowLoopback = false, callbackBase } = given;
    if (!Array.isArray(secrets) || secrets.length < 1 || secrets.length > MOST_KEYS)
      refuse("secrets", "give one secret, or two while keys are rotated");
    const keys = secrets.map((secret) => keyOf(secret, name));
    for (const key of keys) {
      const owner = owners.get(key.toString("base64"));
      if (owner !== undefined && owner !== name) refuse("secrets", `service ${owner} has the same secret`);
      owners.set(key.toString("base64"), name);
    }
    services.set(name, {
      name,
      keys,
      origins: new Set(origins.map((origin) => checkedOrigin(origin) ?? refuse("origins", `${origin} is no origin`))),
      allowLoopback,
      callbackUrl: (jobId) => {
        const base = typeof callbackBase === "function" ? callbackBase() : callbackBase;
        if (base === undefined) return refuse("callbackBase", "it is needed to dispatch jobs");
        return callbackUrl(base, jobId) ?? refuse("callbackBase", "it is no http(s) URL");
      },
    });
  }
  return services;
}

/** Exactly an origin: scheme, host and port. */
function checkedOrigin(origin: string): string | null {
  const url = parse(origin);
  return url !== null && (origin === url.origin || origin === `${url.origin}/`) ? url.origin : null;
}

function callbackUrl(base: string, jobId: string): string | null {
  const url = parse(base);
  if (url === null) return null;
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/jobs/${jobId}/callback`;
  return url.href;
}

function parse(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}
