/** The shapes that travel, as zod schemas: requests are checked by them, and the OpenAPI document is made of them. */
import { z } from "zod";
import { JOB_STATUSES, TERMINAL_STATUSES } from "../core/lifecycle.js";

const instant = z.string().describe("ISO 8601, UTC");
const jobId = z.string().describe("UUID, version 7");
const milliseconds = z.number().nullable();
const range = z.object({ low: z.number(), high: z.number() }).describe("Ends of an 80 % range, in milliseconds");

const failure = z.object({
  code: z.string().describe("Stable, for programs"),
  message: z.string().describe("Safe to show"),
  category: z.enum(["input", "temporary", "limit", "internal"]),
  reference: z.string().describe("Names this failure in the operators' logs"),
});

const progress = z.object({
  percent: z.number().nullable().describe("Whole percent, 100 only when completed; null while unknown"),
  stage: z.string().nullable(),
  stages: z.array(
    z.object({
      name: z.string(),
      weight: z.number(),
      state: z.enum(["done", "current", "upcoming"]),
      typicalMs: z.number().optional(),
    }),
  ),
  done: z.number().optional(),
  total: z.number().optional(),
  message: z.string().optional(),
});

/** A job's status on the wire (see core/wire.ts). */
export const statusSchema: z.ZodType = z.object({
  jobId,
  status: z.enum(JOB_STATUSES),
  kind: z.string(),
  queue: z.string(),
  priority: z.number().describe("Lower is more urgent"),
  owner: z.string().nullable(),
  createdAt: instant,
  updatedAt: instant,
  scheduledAt: instant.optional(),
  startedAt: instant.optional(),
  finishedAt: instant.optional().describe("Exactly when the job has ended"),
  expiresAt: instant.optional().describe("While it waits, and when it expired"),
  cancelledBy: z.enum(["owner", "operator"]).optional().describe("When cancelled, and known"),
  cancelRequestedAt: instant.optional(),
  generation: z.number(),
  attempt: z.number(),
  maxAttempts: z.number(),
  processingMs: milliseconds,
  progress: progress.nullable(),
  estimate: z
    .object({
      startsInMs: range.optional(),
      remainingMs: range.optional(),
      typicalMs: range.optional().describe("What a whole run usually takes"),
      basedOn: z.number(),
      slowerThanUsual: z.boolean(),
    })
    .nullable()
    .describe("Null while there is no evidence"),
  retry: z.object({
    eligible: z.boolean().describe("Whether the owner may call retry now"),
    reason: z.enum(["not_ended", "completed", "not_retryable", "attempts_used"]).optional(),
    attemptsLeft: z.number(),
    nextAttemptAt: instant.optional(),
  }),
  waiting: z.looseObject({ reason: z.string() }).nullable().optional().describe("Why it has not started"),
  metadata: z.record(z.string(), z.unknown()),
  seq: z.number().describe("Rises with every move of the job"),
  result: z.unknown().optional().describe("When completed: what the handler returned"),
  error: failure.optional().describe("When failed"),
  errorMessage: z.string().optional().describe("When failed: the message of `error`"),
  lastError: failure.optional().describe("When retrying"),
});

export const linksSchema: z.ZodType = z.object({
  self: z.string(),
  status: z.string(),
  events: z.string(),
  history: z.string(),
});

export const jobSchema: z.ZodType = (statusSchema as z.ZodObject).extend({ links: linksSchema });

export const pageSchema: z.ZodType = z.object({
  jobs: z.array(statusSchema).describe("Newest first"),
  nextCursor: z.string().nullable().describe("Null on the last page"),
});

export const historySchema: z.ZodType = z.object({
  history: z.array(
    z.object({
      seq: z.number(),
      at: instant,
      from: z.enum(JOB_STATUSES).nullable(),
      to: z.enum(JOB_STATUSES),
      event: z.string(),
      actor: z.string(),
      generation: z.number(),
      attempt: z.number(),
      fence: z.number(),
      reason: z.string().optional(),
      requestId: z.string().optional(),
      error: failure.optional(),
    }),
  ),
});

export const controlSchema: z.ZodType = z.object({
  jobId,
  status: z.enum(JOB_STATUSES),
  requested: z.boolean().describe("The running work was asked to stop"),
  replayed: z.boolean().describe("The same had been asked before"),
});

export const acceptedSchema: z.ZodType = z.object({
  jobId,
  kind: z.string(),
  queue: z.string(),
  scheduledAt: instant.nullable(),
  deduplicated: z.boolean(),
  links: linksSchema,
});

export const problemSchema: z.ZodType = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string().describe("Stable, for programs; see docs/errors.md"),
  detail: z.string().describe("For people"),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  tombstone: z
    .object({
      jobId,
      kind: z.string(),
      status: z.enum(TERMINAL_STATUSES),
      errorCode: z.string().optional(),
      createdAt: instant,
      finishedAt: instant,
      purgedAt: instant,
    })
    .optional()
    .describe("With `job_purged`"),
});
