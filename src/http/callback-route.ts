/** Where outside services report. What a callback must be, and what it does, is decided in ../remote; this is its door. */
import { z } from "zod";
import type { RemoteDoor } from "../remote/door.js";
import type { Route } from "./route.js";

const callbackBody = z.object({
  jobId: z.string(),
  fence: z.number().int(),
  seq: z.number().int().describe("Rises from 1 within a fence"),
  type: z.enum(["started", "progress", "completed", "failed"]),
  stage: z.string().optional(),
  progress: z.number().min(0).max(100).optional(),
  message: z.string().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
});

export function callbackRoute(door: RemoteDoor): Route {
  return {
    name: "reportFromService",
    method: "POST",
    path: "/jobs/:id/callback",
    access: "service",
    acts: true,
    summary: "An outside service reports on its attempt, signed (Standard Webhooks)",
    body: callbackBody,
    answers: {
      200: { description: "Applied, or why not", schema: z.looseObject({ applied: z.boolean() }) },
    },
    handle: ({ request, id }) => door.callback(request, id),
  };
}
