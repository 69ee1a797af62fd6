/**
 * The work protocol: workers in any language take jobs and end them over HTTP, under the same leases and fences as those
 * in process. Off unless the app offers kinds; only the role "worker" (or an operator) may use it.
 */
import type { z } from "zod";
import { encode } from "../core/codec.js";
import { cutText } from "../core/cut-text.js";
import type { AnyJobDefinition } from "../core/define-job.js";
import { isWaymarkError } from "../core/errors.js";
import { isJobId } from "../core/id.js";
import type { JobRecord } from "../core/job.js";
import { percentOf } from "../core/progress.js";
import { validate } from "../core/standard-schema.js";
import type { ClaimedJob, HoldAnswer, Outcome } from "../core/store.js";
import { errorOf, failedOutcome } from "../remote/effect.js";
import type { Waymark } from "../waymark.js";
import { json } from "./answers.js";
import { refuse } from "./problem.js";
import { ownerRoute, type Route } from "./route.js";
import {
  claimBody,
  claimSchema,
  completeBody,
  extendBody,
  failBody,
  heldSchema,
  reportBody,
  settledSchema,
} from "./work-schemas.js";

/** Of a result and what is around it. */
const ROOM_BYTES = 65_536;
/** The most an unfinished job may show. */
const ALMOST = 99;

export function workRoutes(waymark: Waymark, offered: readonly AnyJobDefinition[]): Route[] {
  const { store, limits, outsideWork } = waymark;
  const byKind = new Map(offered.map((definition) => [definition.kind, definition]));

  /** The job and its kind, when workers from outside may have it. */
  const findWork = async (id: string): Promise<{ record: JobRecord; definition: AnyJobDefinition }> => {
    const jobId = id.toLowerCase();
    const [record] = isJobId(jobId) ? await store.read({ jobIds: [jobId], view: "info" }) : [];
    if (record == null || "purgedAt" in record) return refuse("not_found");
    return { record, definition: byKind.get(record.kind) ?? refuse("not_found") };
  };
  const held = (jobId: string, answer: HoldAnswer | undefined): Response =>
    answer === undefined || answer === "lost" ? refuse("lease_lost", { jobId }) : json({ answer });
  const settle = async (record: JobRecord, fence: number, outcome: Outcome): Promise<Response> => {
    const answer = await outsideWork.settle(record, fence, outcome);
    if (answer.answer !== "settled" && answer.answer !== "replayed") {
      return refuse("lease_lost", { jobId: record.jobId });
    }
    return json({ status: answer.status, replayed: answer.answer === "replayed" });
  };
  const route = { method: "POST", access: "worker", acts: true } as const;

  return [
    ownerRoute({
      ...route,
      name: "claimWork",
      path: "/work/claim",
      summary: "Take jobs. Also says that the worker lives; `limit: 0` says only that",
      body: claimBody,
      answers: { 200: { description: "The jobs, and when to ask again", schema: claimSchema } },
      handle: async ({ body }) => {
        const { workerId, queues = null, limit, leaseMs } = body;
        const kinds = body.kinds ?? [...byKind.keys()];
        const unknown = kinds.find((kind) => !byKind.has(kind));
        if (unknown !== undefined) {
          refuse("unknown_kind", { kind: JSON.stringify(unknown), known: [...byKind.keys()].join(", ") });
        }
        const worker = {
          workerId,
          host: "http",
          pid: 0,
          kinds,
          queues,
          concurrency: limit,
          running: 0,
          accepting: true,
        };
        await store.extend({ worker, leaseMs, leases: [] });
        if (limit === 0) return json({ jobs: [], nextDueInMs: null });
        const { jobs, nextDueInMs } = await outsideWork.claim({ workerId, kinds, queues, limit, leaseMs });
        return json({ jobs: jobs.map((job) => claimedView(job, leaseMs)), nextDueInMs });
      },
    }),
    ownerRoute({
      ...route,
      name: "extendWork",
      path: "/work/:id/extend",
      summary: "Keep a job for longer",
      body: extendBody,
      answers: { 200: { description: "Still yours", schema: heldSchema } },
      handle: async ({ id, body: { fence, leaseMs } }) => {
        const { jobId } = (await findWork(id)).record;
        return held(jobId, (await store.extend({ worker: null, leaseMs, leases: [{ jobId, fence }] }))[0]);
      },
    }),
    ownerRoute({
      ...route,
      name: "reportWork",
      path: "/work/:id/progress",
      summary: "Say how far a job is",
      body: reportBody,
      answers: { 200: { description: "Still yours", schema: heldSchema } },
      handle: async ({ id, body }) => {
        const { record, definition } = await findWork(id);
        const { jobId, kind } = record;
        const { fence, done, total, message } = body;
        const { stages } = definition;
        if (body.stage !== undefined && !stages.some(({ name }) => name === body.stage)) {
          const known = stages.map(({ name }) => name).join(", ") || "none";
          refuse("unknown_stage", { kind, stage: JSON.stringify(body.stage), known });
        }
        const stage = body.stage ?? record.progress?.stage ?? null;
        const percent = body.percent ?? percentOf(stages, stage, done ?? null, total ?? null);
        const report = {
          jobId,
          fence,
          ...(body.stage === undefined ? {} : { stage: body.stage }),
          ...(done === undefined ? {} : { done, total: total ?? null }),
          ...(percent === null ? {} : { percent: Math.min(ALMOST, percent) }),
          ...(message === undefined
            ? {}
            : { message: cutText(waymark.redactor.text(message), limits.progressMessageBytes) }),
        };
        return held(jobId, (await store.report([report]))[0]);
      },
    }),
    ownerRoute({
      ...route,
      name: "completeWork",
      path: "/work/:id/complete",
      summary: "End a job well. Told twice, the first telling counts",
      body: completeBody,
      maxBodyBytes: limits.resultBytes + ROOM_BYTES,
      answers: { 200: { description: "Recorded", schema: settledSchema } },
      handle: async ({ id, body: { fence, result } }) => {
        const { record, definition } = await findWork(id);
        const output = await checkedOutput(definition, result);
        const text =
          output === undefined
            ? null
            : encode(output, { what: "result", maxBytes: limits.resultBytes, maxDepth: limits.jsonDepth });
        return settle(record, fence, { type: "completed", result: text });
      },
    }),
    ownerRoute({
      ...route,
      name: "failWork",
      path: "/work/:id/fail",
      summary: "End an attempt badly; another one follows while there are any left and it may help",
      body: failBody,
      answers: { 200: { description: "Recorded", schema: settledSchema } },
      handle: async ({ id, body: { fence, error } }) => {
        const { record, definition } = await findWork(id);
        const outcome = failedOutcome(waymark, { ...record, fence }, definition, errorOf(error));
        return settle(record, fence, outcome);
      },
    }),
  ];
}

/** A result that the kind's schema refuses is the caller's mistake here, not ours. */
async function checkedOutput({ output, kind }: AnyJobDefinition, result: unknown): Promise<unknown> {
  if (output === null) return result;
  try {
    return await validate(output, result, "invalid_output", kind);
  } catch (error) {
    if (!isWaymarkError(error, "invalid_output")) throw error;
    return refuse("invalid_request", { problem: `the result does not fit ${kind}`, issues: error.details["issues"] });
  }
}

function claimedView(job: ClaimedJob, leaseMs: number): z.output<typeof claimSchema>["jobs"][number] {
  const { jobId, kind, queue, owner, fence, generation, attempt, maxAttempts, payload, metadata } = job;
  return {
    jobId,
    kind,
    queue,
    owner,
    fence,
    generation,
    attempt,
    maxAttempts,
    leaseMs,
    input: JSON.parse(payload) as unknown,
    metadata: metadata === null ? {} : (JSON.parse(metadata) as Record<string, unknown>),
  };
}
