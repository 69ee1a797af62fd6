/**
 * Promises that a handler forgot: one that rejects with nobody waiting ends the process, as Node has it, and with it every
 * job that runs there. Where a worker asked for it, each such rejection is traced to the job whose handler made the
 * promise, told as trouble and in the job's log, and the process goes on. Rejections of anybody else are left to Node.
 *
 * The process has one place for these events, so this is the one module of the worker with a state of its own.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { BoundHandler } from "../core/define-job.js";
import type { JobContext } from "../core/handler.js";
import { isA } from "../core/is-a.js";

type Told = (error: unknown) => void;

const handlers = new AsyncLocalStorage<Told>();
let users = 0;

/** @returns a function that ends it, for the caller's part */
export function catchStrayRejections(): () => void {
  if (users++ === 0) process.on("unhandledRejection", onStray);
  let done = false;
  return () => {
    if (done) return;
    done = true;
    if (--users === 0) process.off("unhandledRejection", onStray);
  };
}

function onStray(error: unknown): void {
  const tell = handlers.getStore();
  if (tell !== undefined) return tell(error);
  // What Node does when nobody listens: our listening must not change it for others.
  if (process.listenerCount("unhandledRejection") === 1) throw error;
}

/** The same handler, with its stray rejections told. */
export function withStraysTold(
  handler: BoundHandler,
  onTrouble: (error: unknown, jobId: string) => void,
): BoundHandler {
  const run = handler.run as (input: unknown, context: JobContext) => unknown;
  const traced = (input: unknown, context: JobContext): unknown => {
    const tell: Told = (error) => {
      const message = `A promise of this handler was rejected and nobody handled it: ${nameOf(error)}`;
      onTrouble(new Error(message, { cause: error }), context.jobId);
      try {
        context.log(message);
      } catch {
        // The attempt is over: the trouble alone tells it.
      }
    };
    return handlers.run(tell, () => run(input, context));
  };
  return { ...handler, run: traced };
}

function nameOf(error: unknown): string {
  try {
    return isA(error, Error) ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return "something that cannot be shown";
  }
}
