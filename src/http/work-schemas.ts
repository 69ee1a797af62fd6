/** What travels in the work protocol, as zod schemas. */
import { z } from "zod";
import { JOB_STATUSES } from "../core/lifecycle.js";

const name = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/);
const fence = z.number().int().min(1).meta({ description: "As the claim told it" });
const leaseMs = z.number().int().min(1_000).max(3_600_000).default(30_000);
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

export const claimBody = z.strictObject({
  workerId: name.meta({ description: "Names this worker; stays the same while it runs" }),
  kinds: z.array(name).min(1).max(100).optional().meta({ description: "Default: all that are offered" }),
  queues: z.array(name).min(1).max(100).optional().meta({ description: "Default: all" }),
  limit: z.number().int().min(0).max(100).default(1),
  leaseMs,
}) satisfies z.ZodType;

export const claimSchema = z.object({
  jobs: z.array(
    z.object({
      jobId: z.string(),
      kind: z.string(),
      queue: z.string(),
      owner: z.string().nullable(),
      fence: z.number().describe("Goes with everything that is said of this attempt"),
      generation: z.number(),
      attempt: z.number(),
      maxAttempts: z.number(),
      leaseMs: z.number().describe("Silent for longer, the worker loses the job"),
      input: z.unknown(),
      metadata: z.record(z.string(), z.unknown()),
    }),
  ),
  nextDueInMs: z.number().nullable().describe("When the next job is due; 0 = now; null = none is known"),
}) satisfies z.ZodType;

export const extendBody = z.strictObject({ fence, leaseMs }) satisfies z.ZodType;

export const reportBody = z.strictObject({
  fence,
  stage: z.string().min(1).max(128).optional(),
  done: count.optional(),
  total: count.optional(),
  percent: z.number().min(0).max(100).optional().meta({ description: "Of the whole job; default: from the others" }),
  message: z.string().max(4_096).optional(),
}) satisfies z.ZodType;

export const heldSchema = z.object({
  answer: z.enum(["held", "cancelRequested"]).describe("`cancelRequested`: go on, but stop soon"),
}) satisfies z.ZodType;

export const completeBody = z.strictObject({ fence, result: z.unknown().optional() }) satisfies z.ZodType;

export const failBody = z.strictObject({
  fence,
  error: z.strictObject({
    code: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
    message: z.string().min(1).max(4_096).meta({ description: "Safe to show to the owner" }),
    category: z.enum(["input", "temporary", "limit", "internal"]).optional(),
    retryable: z.boolean().optional(),
    retryAfterMs: z.number().int().min(0).max(315_360_000_000).optional(),
    details: z.unknown().optional().meta({ description: "For operators" }),
  }),
}) satisfies z.ZodType;

export const settledSchema = z.object({
  status: z.enum(JOB_STATUSES),
  replayed: z.boolean().describe("It had been told before"),
}) satisfies z.ZodType;
