/** Routes for machines: what the API is, whether the process lives and is ready, and its figures. */
import { z } from "zod";
import type { Waymark } from "../waymark.js";
import { json } from "./answers.js";
import type { Metrics } from "./metrics.js";
import { whatIsWrong } from "./readiness.js";
import type { Route } from "./route.js";

const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export interface ServiceSetup {
  readonly waymark: Waymark;
  readonly metrics: Metrics;
  readonly publicMetrics: boolean;
  /** Streams open now. */
  readonly streams: () => number;
  /** Made of the whole table, so asked for when it is complete. */
  readonly document: () => unknown;
}

export function serviceRoutes({ waymark, metrics, publicMetrics, streams, document }: ServiceSetup): Route[] {
  const looks = { method: "GET", acts: false } as const;
  const ok = z.object({ ok: z.boolean() });
  const notReady = z.object({ ok: z.boolean(), wrong: z.array(z.string()) });
  return [
    {
      ...looks,
      name: "describe",
      path: "/openapi.json",
      access: "public",
      summary: "This API as an OpenAPI 3.1 document",
      answers: { 200: { description: "The document", schema: z.looseObject({ openapi: z.string() }) } },
      handle: async () => json(document()),
    },
    {
      ...looks,
      name: "isAlive",
      path: "/healthz",
      access: "public",
      summary: "Whether the process answers",
      answers: { 200: { description: "It does", schema: ok } },
      handle: async () => json({ ok: true }),
    },
    {
      ...looks,
      name: "isReady",
      path: "/readyz",
      access: "public",
      summary: "Whether the store answers and every loop turns: claim, heartbeat, sweep",
      answers: { 200: { description: "Ready", schema: ok }, 503: { description: "Not ready", schema: notReady } },
      handle: async () => {
        const wrong = await whatIsWrong(waymark);
        return wrong.length === 0 ? json({ ok: true }) : json({ ok: false, wrong }, 503, { "retry-after": "5" });
      },
    },
    {
      ...looks,
      name: "getMetrics",
      path: "/metrics",
      access: publicMetrics ? "public" : "operator",
      summary: "Figures, as OpenMetrics text",
      answers: { 200: { description: "The figures", contentType: OPEN_METRICS } },
      handle: async () => new Response(await metrics.text(streams()), { headers: { "content-type": OPEN_METRICS } }),
    },
  ];
}
