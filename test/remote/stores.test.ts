/** The whole way of a remote job on every store, and what the auditor says of it. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { defineJob } from "../../src/index.js";
import { onEveryStore } from "../promises/on-every-store.js";
import { auditStore } from "../support/audit-store.js";
import { callbackOf, OTHER_SECRET, SECRET, type ServiceStub, startService } from "./service.js";

let service: ServiceStub;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.close());

onEveryStore("outside services", (world) => {
  it("E4 dispatch, reports, a lost attempt, a late word, the end: one true story, by every store", async () => {
    const job = defineJob({
      kind: "outside",
      stages: ["one", "two"],
      timeout: "30s",
      remote: { url: `${service.origin}/run`, service: "python" },
    });
    const { clock } = world();
    const python = {
      secrets: [SECRET],
      origins: [service.origin],
      allowLoopback: true,
      callbackBase: "http://app.test/api",
    };
    const waymark = await world().another({ services: { python, other: { secrets: [OTHER_SECRET] } } });
    waymark.work([job], { pollMs: 100, sweepMs: 100 });
    const dispatched = (count: number) => world().until(() => service.dispatches.length >= count);
    const { jobId } = await waymark.enqueue(job, { any: "thing" }, { owner: "ann" });
    const tell = async (body: Record<string, unknown>, id: string, secret = SECRET): Promise<unknown> => {
      const request = callbackOf({ jobId, ...body }, { nowMs: clock.now(), id, secret });
      return (await waymark.remote!.callback(request, jobId)).json();
    };
    await dispatched(1);
    expect(await tell({ fence: 1, seq: 1, type: "progress", stage: "two" }, "a")).toEqual({ applied: true });
    expect(await tell({ fence: 1, seq: 2, type: "started" }, "b", OTHER_SECRET)).toMatchObject({ reason: "unknown" });
    await dispatched(2);
    const late = { applied: false, reason: "lost" };
    expect(await tell({ fence: 1, seq: 2, type: "completed", result: 1 }, "c")).toEqual(late);
    expect(await tell({ fence: 1, seq: 2, type: "completed" }, "d", OTHER_SECRET)).toMatchObject({ reason: "unknown" });
    const error = { code: "busy", message: "Busy.", category: "temporary", retryAfterMs: 50 };
    expect(await tell({ fence: 2, seq: 1, type: "failed", error }, "e")).toEqual({ applied: true });
    await dispatched(3);
    const done = { fence: 3, seq: 1, type: "completed", result: { rows: 3 } };
    expect(await tell(done, "f")).toEqual({ applied: true });
    expect(await tell(done, "f")).toEqual({ applied: false, reason: "duplicate" });
    expect(await tell({ ...done, seq: 2 }, "g", OTHER_SECRET)).toMatchObject({ reason: "unknown" });
    expect(await waymark.tracker.getStatus(jobId)).toMatchObject({ status: "completed", result: { rows: 3 } });
    const trail = await waymark.store.trail([jobId]);
    expect(trail[0]!.filter(({ event }) => event === "claim").map(({ actor }) => actor)).toEqual(
      Array(3).fill("worker:service:python"),
    );
    expect((await waymark.store.callbacks([jobId]))[0]!.map(({ id }) => id)).toEqual(["a", "e", "f"]);
    expect(await auditStore(waymark.store)).toEqual([]);
  });
});
