/**
 * Sends one attempt to its service. It stands where a handler would: what it throws is how the attempt ended, and when the
 * service has taken it, the attempt goes on there (`HandedOver`).
 */

import type { Clock } from "../core/clock.js";
import { encode } from "../core/codec.js";
import type { AnyJobDefinition, BoundHandler } from "../core/define-job.js";
import type { JobContext } from "../core/handler.js";
import { JobError } from "../core/job-error.js";
import type { Limits } from "../core/limits.js";
import type { RemoteOptions } from "../core/remote-job.js";
import { HandedOver } from "../worker/handed-over.js";
import { deadlineMs } from "./deadline.js";
import { CallRefused, type Post, type Reply } from "./safe-post.js";
import type { Service } from "./services.js";
import { sign } from "./signature.js";

export interface DispatchSetup {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly service: Service;
  readonly post: Post;
}

const LONGEST_CALL_MS = 10_000;
/** Answers that say "not now": the only 4xx after which trying again can help. */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);

/** The definition with dispatch as its handler. */
export function dispatching(
  definition: AnyJobDefinition & { readonly remote: RemoteOptions },
  setup: DispatchSetup,
): BoundHandler {
  const { clock, service, post } = setup;
  const { url } = definition.remote;
  const timeoutMs = Math.min(LONGEST_CALL_MS, deadlineMs(definition));
  const run = async (input: unknown, ctx: JobContext): Promise<never> => {
    const body = Buffer.from(message(definition, setup, input, ctx));
    // The same for every sending of this attempt, so that the service can tell a repeated one.
    const id = `${ctx.jobId}_${ctx.fence}`;
    const headers = { "content-type": "application/json", ...sign(service.keys, id, clock.now(), body) };
    const { origins, allowLoopback } = service;
    const call = { url, headers, body, origins, allowLoopback, timeoutMs, signal: ctx.signal };
    const reply = await post(clock, call).catch((error: unknown) => unsent(error, service));
    if (reply.status >= 200 && reply.status < 300) throw new HandedOver();
    throw refusal(reply, service);
  };
  return { definition, run };
}

function message(
  definition: AnyJobDefinition,
  { clock, limits, service }: DispatchSetup,
  input: unknown,
  ctx: JobContext,
): string {
  const facts = {
    jobId: ctx.jobId,
    fence: ctx.fence,
    kind: ctx.kind,
    attempt: ctx.attempt,
    maxAttempts: ctx.maxAttempts,
    stages: definition.stages.map(({ name }) => name),
    callbackUrl: service.callbackUrl(ctx.jobId),
    deadline: new Date(clock.now() + deadlineMs(definition)).toISOString(),
  };
  // The input is encoded by the same rules as when it was stored: a schema may have made a Date or worse of it.
  const text = encode(input, { what: "input", maxBytes: limits.payloadBytes * 2, maxDepth: limits.jsonDepth });
  return `${JSON.stringify(facts).slice(0, -1)},"input":${text}}`;
}

function unsent(error: unknown, service: Service): never {
  if (error instanceof CallRefused) {
    throw new JobError({
      code: "service_not_allowed",
      message: "The service that does this work may not be called.",
      category: "internal",
      retryable: false,
      details: { service: service.name },
      cause: error,
    });
  }
  throw new JobError({
    code: "service_unreachable",
    message: "The service that does this work cannot be reached at the moment.",
    category: "temporary",
    details: { service: service.name },
    cause: error,
  });
}

function refusal({ status, retryAfter, excerpt }: Reply, service: Service): JobError {
  const details = { service: service.name, status, excerpt };
  if (status >= 500 || LATER.has(status)) {
    const message = "The service that does this work is busy or out of order.";
    const wait = retryAfter !== null && /^\d{1,4}$/.test(retryAfter) ? { retryAfter: Number(retryAfter) * 1_000 } : {};
    return new JobError({ code: "service_unavailable", message, category: "temporary", details, ...wait });
  }
  const message = "The service that does this work did not accept the job.";
  return new JobError({ code: "service_refused", message, category: "internal", retryable: false, details });
}
