/** What a service may say, as a schema. Keys it does not name are left out, so that services may be newer than we are. */
import { z } from "zod";

const error = z.object({
  code: z.string().min(1).max(64),
  message: z.string().min(1).max(16_384),
  category: z.enum(["input", "temporary", "limit", "internal"]).optional(),
  retryable: z.boolean().optional(),
  /** Ms to wait at least before the next attempt. */
  retryAfterMs: z.number().int().min(0).max(86_400_000).optional(),
  /** For operators; redacted, never shown to the owner. */
  details: z.unknown().optional(),
});

export const callbackSchema = z.object({
  jobId: z.string().min(1).max(64),
  fence: z.number().int().min(1).max(2_147_483_647),
  seq: z.number().int().min(1).max(2_147_483_647),
  type: z.enum(["started", "progress", "completed", "failed"]),
  stage: z.string().min(1).max(128).optional(),
  /** Percent of the whole job. */
  progress: z.number().min(0).max(100).optional(),
  message: z.string().max(16_384).optional(),
  result: z.unknown().optional(),
  error: error.optional(),
});

export type CallbackBody = z.output<typeof callbackSchema>;

/** The body, or what is wrong with it, in words. */
export function readCallback(raw: Uint8Array): CallbackBody | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
  } catch {
    return { problem: "The body is not JSON in UTF-8." };
  }
  const read = callbackSchema.safeParse(value);
  if (!read.success) {
    const problems = read.error.issues.map(
      ({ path, message }) => `${path.map(String).join(".") || "body"}: ${message}`,
    );
    return { problem: problems.slice(0, 5).join("; ") };
  }
  if (read.data.type === "failed" && read.data.error === undefined) return { problem: "error: failed needs one" };
  return read.data;
}
