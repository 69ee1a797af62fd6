/**
 * Takes the callbacks of outside services (SECURITY W1–W6, PROMISES E4, E5). The order is the point: raw bytes, signature,
 * form, who the attempt was sent to, meaning; and the store alone decides whether it counts.
 */
import { isWaymarkError, WaymarkError } from "../core/errors.js";
import { toJobId } from "../core/id.js";
import type { JobRecord } from "../core/job.js";
import { isJobError } from "../core/job-error.js";
import { serviceOf } from "../core/remote-job.js";
import type { CallbackEffect } from "../core/store.js";
import { attemptsOf } from "../core/trail.js";
import type { KindDirectory } from "../kind-directory.js";
import { tellEnd } from "../outside-work.js";
import type { Runtime } from "../runtime.js";
import { applied, malformed, notApplied, tooLarge, unauthorized, unavailable } from "./answers.js";
import { type CallbackBody, readCallback } from "./callback-body.js";
import { leaseAfterCallback } from "./deadline.js";
import { completedOutcome, errorOf, failedOutcome, progressEffect } from "./effect.js";
import type { KnownJobs } from "./known-jobs.js";
import { readBody } from "./read-body.js";
import { ReceiverFailed, receive } from "./receive.js";
import type { Service } from "./services.js";
import { type Envelope, isSignedBy, readEnvelope } from "./signature.js";

export interface CallbackSetup {
  readonly runtime: Runtime;
  readonly services: ReadonlyMap<string, Service>;
  readonly known: KnownJobs;
  readonly kinds: KindDirectory;
}

/** Bytes of a callback's body. */
export const CALLBACK_BYTES = 262_144;

/** What is wrong with the callback, and would be each time it is sent. Everything else is ours, and may pass. */
const OF_THE_SERVICE: ReadonlySet<string> = new Set([
  "invalid_job_id",
  "invalid_output",
  "value_not_storable",
  "too_large",
]);

/** Answers a `POST …/jobs/:id/callback`. Never throws. */
export type HandleCallback = (request: Request, jobId: string) => Promise<Response>;

export function createCallbackHandler(setup: CallbackSetup): HandleCallback {
  const { clock, events } = setup.runtime;
  return async (request, jobId) => {
    try {
      const envelope = readEnvelope(request.headers, clock.now());
      if (envelope === null) return unauthorized();
      const raw = await readBody(request, CALLBACK_BYTES);
      if (raw === null) return tooLarge(CALLBACK_BYTES);
      const service = signerOf(setup.services, envelope, raw);
      if (service === null) return unauthorized();
      const body = readCallback(raw);
      if ("problem" in body) return malformed("invalid_callback", body.problem);
      if (toJobId(body.jobId) !== toJobId(jobId))
        return malformed("invalid_callback", "jobId: it is not the job of this URL");
      return await apply(setup, service, envelope.id, { ...body, jobId: toJobId(jobId) });
    } catch (error) {
      if (isWaymarkError(error) && OF_THE_SERVICE.has(error.code)) return malformed(error.code, error.message);
      const told = error instanceof ReceiverFailed ? error.cause : error;
      events.emit({ type: "trouble", part: "callback", error: told, jobId });
      return unavailable();
    }
  };
}

/** Every key of every service is tried, so that the time tells nothing. No key belongs to two services. */
function signerOf(services: ReadonlyMap<string, Service>, envelope: Envelope, raw: Uint8Array): Service | null {
  let signer: Service | null = null;
  for (const service of services.values()) {
    for (const key of service.keys) if (isSignedBy(key, envelope, raw)) signer = service;
  }
  return signer;
}

async function apply(setup: CallbackSetup, service: Service, id: string, body: CallbackBody): Promise<Response> {
  const { store, events } = setup.runtime;
  const { jobId, fence, seq } = body;
  const definition = async (kind: string) => setup.known.get(kind)?.definition ?? null;
  const [record] = await store.read({ jobIds: [jobId], view: "full" });
  if (record == null || "purgedAt" in record || record.recorded) return notApplied("unknown");
  if ((await sentTo(setup, record, fence)) !== service.name) {
    // Said as of an unknown job: a service learns nothing of jobs that are not its own.
    const error = new Error(`Service ${service.name} reported on an attempt that was not sent to it.`);
    events.emit({ type: "trouble", part: "callback", error, jobId });
    return notApplied("unknown");
  }
  const effect = await effectOf(setup, record, body);
  if (effect instanceof Response) return effect;
  const leaseMs = leaseAfterCallback(await definition(record.kind), record);
  const [answer] = await store.callback([{ jobId, fence, id, seq, effect, leaseMs }]);
  if (answer === undefined) throw new WaymarkError("store_unavailable", { problem: "it gave no answer" });
  if (!answer.applied) return notApplied(answer.reason);
  if (effect.type === "settle") tellEnd(setup.runtime, record, fence, effect.outcome, answer.status);
  return applied(effect.type !== "settle" && record.cancelRequestedAt !== null);
}

/** The service that the attempt of `fence` was sent to, as the store knows it. */
async function sentTo({ runtime }: CallbackSetup, record: JobRecord, fence: number): Promise<string | null> {
  if (record.status === "processing" && record.fence === fence) return serviceOf(record.workerId);
  const [trail = []] = await runtime.store.trail([record.jobId]);
  return serviceOf(attemptsOf(trail).find((attempt) => attempt.fence === fence)?.workerId ?? null);
}

async function effectOf(
  setup: CallbackSetup,
  record: JobRecord,
  body: CallbackBody,
): Promise<CallbackEffect | Response> {
  const { runtime, known, kinds } = setup;
  const job = known.get(record.kind);
  switch (body.type) {
    case "started":
    case "progress": {
      const stages = job?.definition.stages ?? (await kinds.get(record.kind))?.stages ?? [];
      const effect = progressEffect(runtime, body, stages);
      if (effect !== null) return effect;
      const declared = stages.map(({ name }) => name).join(", ") || "none";
      return malformed("unknown_stage", `stage: ${record.kind} declares no such stage. Declared are: ${declared}.`);
    }
    case "failed":
      return {
        type: "settle",
        outcome: failedOutcome(
          runtime,
          { ...record, fence: body.fence },
          job?.definition ?? null,
          errorOf(body.error!),
        ),
      };
    case "completed":
      try {
        return { type: "settle", outcome: completedOutcome(runtime, await receive(runtime, job, record, body)) };
      } catch (error) {
        if (!isJobError(error)) throw error;
        return { type: "settle", outcome: failedOutcome(runtime, record, job?.definition ?? null, error) };
      }
  }
}
