/** Routes that look: one job, its trail, and lists. */
import { z } from "zod";
import { JOB_STATUSES, type JobStatus } from "../core/lifecycle.js";
import type { Waymark } from "../waymark.js";
import { json, linksOf, statusAnswer } from "./answers.js";
import { refuse } from "./problem.js";
import { findJob, ownerRoute, type Route } from "./route.js";
import { historySchema, jobSchema, pageSchema, statusSchema } from "./schemas.js";

const name = z.string().min(1).max(128);
const statuses = z
  .string()
  .max(200)
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(JOB_STATUSES)));

const listQuery = z.strictObject({
  status: statuses.optional().meta({ description: "One status, or several with commas between" }),
  kind: name.optional(),
  queue: name.optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(64).optional().meta({ description: "`nextCursor` of the page before" }),
  owner: z.string().min(1).max(255).optional().meta({ description: "Operators only" }),
});

const NOT_CHANGED = { description: "The caller has this very picture (If-None-Match)" };

export function readRoutes(waymark: Waymark, basePath: string): Route[] {
  const { tracker } = waymark;
  const status = ownerRoute({
    name: "getJobStatus",
    method: "GET",
    path: "/jobs/:id/status",
    access: "owner",
    acts: false,
    summary: "The status of a job",
    answers: { 200: { description: "The status", schema: statusSchema }, 304: NOT_CHANGED },
    handle: async ({ request, viewer, id }) => {
      const info = await findJob(waymark, viewer, id);
      return statusAnswer(request, info, info);
    },
  });
  return [
    ownerRoute({
      name: "listJobs",
      method: "GET",
      path: "/jobs",
      access: "owner",
      acts: false,
      summary: "One's own jobs, newest first, in pages; operators see all",
      query: listQuery,
      answers: { 200: { description: "A page", schema: pageSchema } },
      handle: async ({ viewer, query }) => {
        // A token for one job lists nothing.
        if (viewer.jobId !== null) refuse("forbidden");
        const { owner, kind, queue, cursor, limit, status } = query;
        const whose = viewer.role === "operator" ? owner : (viewer.owner ?? refuse("forbidden"));
        const filter = {
          ...(whose === undefined ? {} : { owner: whose }),
          ...(kind === undefined ? {} : { kind }),
          ...(queue === undefined ? {} : { queue }),
          ...(cursor === undefined ? {} : { cursor }),
          ...(limit === undefined ? {} : { limit }),
          ...(status === undefined ? {} : { status: status as JobStatus[] }),
        };
        return json(await tracker.list(filter));
      },
    }),
    ownerRoute({
      name: "getJob",
      method: "GET",
      path: "/jobs/:id",
      access: "owner",
      acts: false,
      summary: "The status of a job, with links",
      answers: { 200: { description: "The status", schema: jobSchema }, 304: NOT_CHANGED },
      handle: async ({ request, viewer, id }) => {
        const info = await findJob(waymark, viewer, id);
        return statusAnswer(request, info, { ...info, links: linksOf(info.jobId, basePath) });
      },
    }),
    status,
    { ...status, name: "getStatus", path: "/status/:id", summary: "The same, at a shorter address" },
    ownerRoute({
      name: "getJobHistory",
      method: "GET",
      path: "/jobs/:id/history",
      access: "owner",
      acts: false,
      summary: "Everything that happened to a job, oldest first",
      answers: { 200: { description: "The trail", schema: historySchema } },
      handle: async ({ viewer, id }) => {
        const { jobId } = await findJob(waymark, viewer, id);
        return json({ history: (await tracker.history(jobId)) ?? refuse("not_found") });
      },
    }),
  ];
}
