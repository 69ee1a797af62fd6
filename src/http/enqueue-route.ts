/** Jobs started over HTTP, for the kinds that the app offers. The owner is who asks; nothing else decides it. */
import { z } from "zod";
import type { AnyJobDefinition } from "../core/define-job.js";
import type { Duration } from "../core/duration.js";
import type { Waymark } from "../waymark.js";
import { accepted } from "./answers.js";
import { refuse } from "./problem.js";
import { ownerRoute, type Route } from "./route.js";
import { acceptedSchema } from "./schemas.js";

/** Of the input, the metadata and what is around them. */
const ROOM_BYTES = 65_536;

const enqueueBody = z.strictObject({
  kind: z.string().min(1).max(128),
  input: z.unknown().optional().meta({ description: "As the kind's own schema asks for" }),
  metadata: z.record(z.string(), z.unknown()).optional().meta({ description: "Shown with the status" }),
  uniqueKey: z.string().min(1).max(255).optional().meta({ description: "At most one live job of the owner has it" }),
  delay: z
    .union([z.number(), z.string().max(32)])
    .optional()
    .meta({ description: 'Milliseconds, or a text like "30s"' }),
  owner: z.string().min(1).max(255).optional().meta({ description: "Operators only" }),
});

export function enqueueRoute(waymark: Waymark, basePath: string, offered: readonly AnyJobDefinition[]): Route {
  const byKind = new Map(offered.map((definition) => [definition.kind, definition]));
  return ownerRoute({
    name: "startJob",
    method: "POST",
    path: "/jobs",
    access: "owner",
    acts: true,
    summary: "Start a job. With the same Idempotency-Key and input, the same job answers",
    body: enqueueBody,
    maxBodyBytes: waymark.limits.payloadBytes + waymark.limits.metadataBytes + ROOM_BYTES,
    answers: { 202: { description: "It waits; follow the links", schema: acceptedSchema } },
    handle: async ({ request, viewer, body }) => {
      const { kind, input, metadata, uniqueKey, delay } = body;
      const known = [...byKind.keys()].join(", ");
      const definition = byKind.get(kind) ?? refuse("unknown_kind", { kind: JSON.stringify(kind), known });
      const owner = viewer.role === "operator" ? body.owner : (viewer.owner ?? refuse("forbidden"));
      const idempotencyKey = request.headers.get("idempotency-key");
      const ref = await waymark.enqueue(definition, input, {
        ...(owner === undefined ? {} : { owner }),
        ...(metadata === undefined ? {} : { metadata }),
        ...(uniqueKey === undefined ? {} : { uniqueKey }),
        ...(delay === undefined ? {} : { delay: delay as Duration }),
        ...(idempotencyKey === null ? {} : { idempotencyKey }),
      });
      return accepted(ref, { basePath });
    },
  });
}
