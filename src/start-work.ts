/** Starts what `work` asks for: one worker for the handlers of this process, and one for each outside service. */
import type { AnyJobDefinition, BoundHandler } from "./core/define-job.js";
import { WaymarkError } from "./core/errors.js";
import { host, processId } from "./identity.js";
import type { OpenDoor } from "./remote/door.js";
import type { Runtime } from "./runtime.js";
import { createLeaseKeeper } from "./worker/lease-keeper.js";
import { type OpenKeeper, startWorker, type Worker, type WorkOptions } from "./worker/worker.js";

export interface WorkSetup {
  readonly runtime: Runtime;
  readonly openKeeper: OpenKeeper;
  /** Null when no outside service is configured. */
  readonly door: OpenDoor | null;
}

export function startWork(
  { runtime, openKeeper, door }: WorkSetup,
  given: readonly (BoundHandler | AnyJobDefinition)[],
  options: WorkOptions,
  onStopped: () => void,
): Worker {
  const handlers: BoundHandler[] = [];
  const definitions: AnyJobDefinition[] = [];
  if (!Array.isArray(given)) {
    throw new WaymarkError("invalid_option", { option: "handlers", problem: "pass a list of them" });
  }
  for (const each of given as typeof handlers | typeof definitions) {
    if (typeof each !== "object" || each === null || !("run" in each || "kind" in each)) {
      throw new WaymarkError("invalid_option", { option: "handlers", problem: "each is made by definition.handle" });
    }
    if ("run" in each) handlers.push(each);
    else definitions.push(each);
  }
  if (definitions.length > 0 && door === null) {
    const problem = `${definitions[0]!.kind} has no handler, and no outside service is configured`;
    throw new WaymarkError("invalid_option", { option: "services", problem });
  }
  const groups = door === null ? [] : door.groups(definitions);
  const shared = { runtime, identity: { host: host(), pid: processId() } };
  const workers: Worker[] = [];
  if (handlers.length > 0 || groups.length === 0)
    workers.push(startWorker({ ...shared, handlers, outside: null, options, openKeeper }));
  // A job sent out at once is a deadline not wasted: nothing is held ready.
  const dispatching = { ...options, prefetch: 0 };
  for (const group of groups)
    workers.push(startWorker({ ...shared, ...group, options: dispatching, openKeeper: presence(runtime) }));
  return joined(workers, onStopped);
}

/** Says that the worker lives. It holds no leases, so it needs no thread. */
function presence({ store, clock, events }: Runtime): OpenKeeper {
  const onTrouble = (error: unknown): void => events.emit({ type: "trouble", part: "extend", error });
  return (leaseMs, worker) => createLeaseKeeper({ store, clock, leaseMs, worker, onTrouble });
}

function joined(workers: readonly Worker[], onStopped: () => void): Worker {
  const first = workers[0]!;
  const stop = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.stop()));
    onStopped();
  };
  return {
    workerId: first.workerId,
    get running() {
      return workers.reduce((sum, worker) => sum + worker.running, 0);
    },
    get stalled() {
      return workers.some((worker) => worker.stalled);
    },
    get stalledLoops() {
      return [...new Set(workers.flatMap((worker) => worker.stalledLoops))];
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
