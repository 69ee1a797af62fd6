/** Routes by which a person acts on a job: retry, cancel, remove. */
import { z } from "zod";
import type { ControlResult, PersonOptions } from "../control.js";
import type { Waymark } from "../waymark.js";
import { json, linksOf } from "./answers.js";
import { refuse } from "./problem.js";
import { USUAL_SECONDS } from "./retry-after.js";
import { findJob, ownerRoute, type Route, type ViewerCall } from "./route.js";
import { controlSchema } from "./schemas.js";

const nothing = z.strictObject({}).optional();
const cancelBody = z
  .strictObject({
    reason: z.string().min(1).max(255).optional(),
    force: z.boolean().optional().meta({ description: "Operators only: do not wait for the running work" }),
  })
  .optional();

export function controlRoutes(waymark: Waymark, basePath: string): Route[] {
  const follow = (jobId: string): Record<string, string> => ({
    location: linksOf(jobId, basePath).self,
    "retry-after": String(USUAL_SECONDS),
  });
  const person = async ({ viewer, id }: ViewerCall): Promise<{ jobId: string; options: PersonOptions }> => {
    const { jobId } = await findJob(waymark, viewer, id);
    const owner = viewer.owner === null ? {} : { owner: viewer.owner };
    return { jobId, options: { actor: viewer.actor, ...owner } };
  };
  return [
    ownerRoute({
      name: "retryJob",
      method: "POST",
      path: "/jobs/:id/retry",
      access: "owner",
      acts: true,
      summary: "Try an ended job again. With the same Idempotency-Key, a double click is one retry",
      body: nothing,
      answers: { 202: { description: "It waits again", schema: controlSchema } },
      handle: async (call) => {
        const { jobId, options } = await person(call);
        const result = await waymark.retry(jobId, { ...options, ...requestKey(call.request) });
        return json(result, 202, follow(jobId));
      },
    }),
    ownerRoute({
      name: "cancelJob",
      method: "POST",
      path: "/jobs/:id/cancel",
      access: "owner",
      acts: true,
      summary: "Stop a job: at once when it waits, as soon as its work heeds it when it runs",
      body: cancelBody,
      answers: {
        200: { description: "Cancelled", schema: controlSchema },
        202: { description: "The running work was asked to stop", schema: controlSchema },
      },
      handle: async (call) => {
        const { reason, force = false } = call.body ?? {};
        if (force && call.viewer.role !== "operator") refuse("forbidden");
        const { jobId, options } = await person(call);
        const why = reason === undefined ? {} : { reason };
        const asked = { ...options, ...why, force, ...requestKey(call.request) };
        const result: ControlResult = await waymark.cancel(jobId, asked);
        return result.requested ? json(result, 202, follow(jobId)) : json(result);
      },
    }),
    ownerRoute({
      name: "removeJob",
      method: "DELETE",
      path: "/jobs/:id",
      access: "owner",
      acts: true,
      summary: "Remove an ended job; its tombstone stays",
      body: nothing,
      answers: { 204: { description: "Removed" } },
      handle: async (call) => {
        const { jobId, options } = await person(call);
        await waymark.remove(jobId, options);
        return new Response(null, { status: 204 });
      },
    }),
  ];
}

/** Names the request in the trail; a caller that names none gets one made. */
function requestKey(request: Request): { requestKey?: string } {
  const given = request.headers.get("idempotency-key");
  return given === null ? {} : { requestKey: given };
}
