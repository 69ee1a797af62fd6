/** A Waymark with one outside service, a store in memory and a clock to turn. */
import { vi } from "vitest";
import { z } from "zod";
import { silentLogger } from "../../src/core/logger.js";
import type { Store } from "../../src/core/store.js";
import { defineJob, type JobDefinition, type JobEvent, openWaymark, type Waymark } from "../../src/index.js";
import type { ServiceOptions } from "../../src/remote/services.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { callbackOf, SECRET, type Sending, type ServiceStub, startService } from "./service.js";

export type Analyze = JobDefinition<
  "analyze",
  { path: string },
  { path: string },
  { rows: number },
  { rows: number },
  "reading" | "writing"
>;

export function analyzeAt(url: string, more: { timeout?: "30s"; maxAttempts?: number } = {}): Analyze {
  return defineJob({
    kind: "analyze",
    input: z.object({ path: z.string() }),
    output: z.object({ rows: z.number() }),
    stages: ["reading", { name: "writing", weight: 3 }],
    backoff: { base: "10s", max: "10s" },
    remote: { url, service: "python" },
    ...more,
  });
}

export interface Scene {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly waymark: Waymark;
  readonly service: ServiceStub;
  readonly analyze: Analyze;
  readonly events: JobEvent[];
  /** Enqueues a job and waits until the service has it. */
  dispatched(): Promise<string>;
  /** Posts a callback and reads the answer. */
  tell(
    jobId: string,
    body: Readonly<Record<string, unknown>>,
    sending?: Partial<Sending>,
  ): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>;
  close(): Promise<void>;
}

export interface SceneOptions {
  readonly answer?: Parameters<typeof startService>[0];
  readonly options?: Partial<ServiceOptions>;
  readonly others?: Readonly<Record<string, ServiceOptions>>;
  readonly timeout?: "30s";
  readonly maxAttempts?: number;
  readonly store?: (clock: FakeClock) => Store;
  readonly jobs?: (analyze: Analyze) => ServiceOptions["jobs"];
  /** False: dispatch nothing. */
  readonly work?: boolean;
}

export async function openScene({
  answer,
  options,
  others,
  store: make,
  jobs,
  work = true,
  ...more
}: SceneOptions = {}) {
  const clock = new FakeClock();
  const store = make?.(clock) ?? memoryStore({ clock });
  const service = await startService(answer);
  const analyze = analyzeAt(`${service.origin}/run`, more);
  const waymark = await openWaymark({
    store,
    clock,
    logger: silentLogger,
    services: {
      python: {
        secrets: [SECRET],
        origins: [service.origin],
        allowLoopback: true,
        callbackBase: "http://app.test/api/",
        jobs: jobs?.(analyze) ?? [],
        ...options,
      },
      ...others,
    },
  });
  const events: JobEvent[] = [];
  waymark.on((event) => events.push(event));
  if (work) waymark.work([analyze]);
  const scene: Scene = {
    clock,
    store,
    waymark,
    service,
    analyze,
    events,
    dispatched: async () => {
      const before = service.dispatches.length;
      const { jobId } = await waymark.enqueue(analyze, { path: "a.csv" }, { owner: "ann" });
      await vi.waitFor(() => {
        if (service.dispatches.length === before) throw new Error("not dispatched yet");
      });
      return jobId;
    },
    tell: async (jobId, body, sending = {}) => {
      const request = callbackOf({ jobId, fence: 1, ...body }, { nowMs: clock.now(), ...sending });
      const response = await waymark.remote!.callback(request, jobId);
      return {
        status: response.status,
        body: (await response.json()) as Record<string, unknown>,
        headers: response.headers,
      };
    },
    close: async () => {
      const closing = waymark.close();
      await clock.advance(60_000);
      await closing;
      await service.close();
    },
  };
  return scene;
}
