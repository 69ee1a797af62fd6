/** What this process knows of the jobs that services perform: their definitions, and what is made of their results. */
import type { AnyJobDefinition, BoundReceiver } from "../core/define-job.js";
import { WaymarkError } from "../core/errors.js";
import type { RemoteOptions } from "../core/remote-job.js";

export type RemoteDefinition = AnyJobDefinition & { readonly remote: RemoteOptions };

export interface KnownJob {
  readonly definition: RemoteDefinition;
  readonly make: BoundReceiver["make"] | null;
}

export interface KnownJobs {
  /** @throws {WaymarkError} `invalid_option` for a job of another service, `duplicate_handler` for a second receiver */
  add(job: AnyJobDefinition | BoundReceiver, service: string): void;
  get(kind: string): KnownJob | null;
}

export function isRemote(definition: AnyJobDefinition): definition is RemoteDefinition {
  return definition.remote !== null;
}

export function createKnownJobs(): KnownJobs {
  const known = new Map<string, KnownJob>();
  return {
    add: (job, service) => {
      const { definition, make } = "definition" in job ? job : { definition: job, make: null };
      const { kind } = definition;
      if (!isRemote(definition) || definition.remote.service !== service) {
        throw new WaymarkError("invalid_option", {
          option: `services.${service}.jobs`,
          problem: `${kind} is not a job this service performs`,
        });
      }
      const before = known.get(kind)?.make ?? null;
      if (before !== null && make !== null && before !== make) throw new WaymarkError("duplicate_handler", { kind });
      known.set(kind, { definition, make: make ?? before });
    },
    get: (kind) => known.get(kind) ?? null,
  };
}
