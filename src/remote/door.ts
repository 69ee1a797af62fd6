/** The door to outside services: what goes out to them as attempts, and what comes back as callbacks. */
import type { AnyJobDefinition, BoundHandler } from "../core/define-job.js";
import { WaymarkError } from "../core/errors.js";
import { serviceHolder } from "../core/remote-job.js";
import type { KindDirectory } from "../kind-directory.js";
import type { Runtime } from "../runtime.js";
import type { Outside } from "../worker/worker.js";
import { createCallbackHandler, type HandleCallback } from "./callback.js";
import { deadlineMs } from "./deadline.js";
import { dispatching } from "./dispatch.js";
import { createKnownJobs, isRemote, type KnownJobs, type RemoteDefinition } from "./known-jobs.js";
import { type Post, safePost } from "./safe-post.js";
import { checkServices, type Service, type ServiceOptions } from "./services.js";

/** What an HTTP adapter needs of it. */
export interface RemoteDoor {
  /** The names of the configured services, at least one. */
  readonly services: readonly string[];
  /** Answers `POST {basePath}/jobs/:id/callback`; the request's body must be unread. Never throws. */
  callback: HandleCallback;
}

/** A worker to start: dispatches the kinds of one service that have the same deadline. */
export interface DispatchGroup {
  readonly handlers: readonly BoundHandler[];
  readonly outside: Outside;
}

export interface OpenDoor extends RemoteDoor {
  /** @throws {WaymarkError} `invalid_option` when a definition's service is unknown or may not be called */
  groups(definitions: readonly AnyJobDefinition[]): DispatchGroup[];
}

/**
 * Checks the configuration; the answer opens the door once there is a store.
 *
 * @param post  how services are called; another than `safePost` only in a simulation
 * @throws {WaymarkError} `invalid_option`: a service without a usable secret stops the start
 */
export function prepareDoor(
  options: Readonly<Record<string, ServiceOptions>>,
  post: Post = safePost,
): (runtime: Runtime, kinds: KindDirectory) => OpenDoor {
  const services = checkServices(options);
  const known = createKnownJobs();
  for (const [name, { jobs = [] }] of Object.entries(options)) for (const job of jobs) known.add(job, name);
  return (runtime, kinds) => openDoor(runtime, kinds, services, known, post);
}

function openDoor(
  runtime: Runtime,
  kinds: KindDirectory,
  services: ReadonlyMap<string, Service>,
  known: KnownJobs,
  post: Post,
): OpenDoor {
  const handlerOf = (definition: RemoteDefinition): BoundHandler => {
    const { url, service: name } = definition.remote;
    const service = services.get(name);
    const refuse = (option: string, problem: string): never => {
      throw new WaymarkError("invalid_option", { option, problem });
    };
    if (service === undefined) return refuse("services", `${definition.kind} needs the service ${name}`);
    if (!service.origins.has(new URL(url).origin))
      return refuse(`services.${name}.origins`, `${new URL(url).origin} of ${definition.kind} is not among them`);
    known.add(definition, name);
    const { clock, limits } = runtime;
    return dispatching(definition, { clock, limits, service, post });
  };

  return {
    services: [...services.keys()],
    callback: createCallbackHandler({ runtime, services, known, kinds }),
    groups: (definitions) => {
      const groups = new Map<string, { handlers: BoundHandler[]; outside: Outside }>();
      for (const definition of definitions) {
        if (!isRemote(definition))
          throw new WaymarkError("invalid_option", {
            option: "handlers",
            problem: `${definition.kind} has neither a handler nor an outside service`,
          });
        const handler = handlerOf(definition);
        const outside = { holder: serviceHolder(definition.remote.service), leaseMs: deadlineMs(definition) };
        const key = `${outside.leaseMs} ${outside.holder}`;
        const group = groups.get(key) ?? { handlers: [], outside };
        group.handlers.push(handler);
        groups.set(key, group);
      }
      return [...groups.values()];
    },
  };
}
