/** The status client against the real HTTP API, over a real store and worker: both sides mean the same. */
import "./all-parts.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStatusClient } from "../../src/client-web/client.js";
import type { StatusClient } from "../../src/client-web/make-client.js";
import type { WatchSnapshot } from "../../src/client-web/snapshot.js";
import { openWorld, SITE, type World } from "../http/world.js";

let world: World;
let client: StatusClient;
beforeEach(async () => {
  world = await openWorld();
  const { api, clock } = world;
  const headers = { authorization: "Bearer ada" };
  client = createStatusClient({
    clock,
    headers,
    fetch: (url, init) => api.fetch(new Request(SITE + url, init)),
  });
});
afterEach(async () => {
  client.close();
  await world.close();
});

/** Follows a job until `done`, for at most a minute of the world's time. */
async function until(jobId: string, done: (snapshot: WatchSnapshot) => boolean): Promise<WatchSnapshot> {
  const watch = client.watch(jobId);
  const stop = watch.subscribe(() => undefined);
  for (let at = 0; at < 120 && !done(watch.current()); at++) await world.clock.advance(500);
  stop();
  await world.clock.advance(1);
  return watch.current();
}

describe("the status client and the HTTP API", () => {
  it("agree on a job that waits, live", async () => {
    const jobId = await world.make("ada");
    const { connection, status } = await until(jobId, (seen) => seen.status !== null);
    expect([connection, status?.status]).toEqual(["live", "pending"]);
  });

  it("agree on an end, and on a result", async () => {
    const jobId = await world.make("ada", "ok");
    const { status } = await until(jobId, (seen) => seen.status?.status === "completed");
    expect(status).toMatchObject({ status: "completed", result: { storyId: "s1" } });
  });

  it("S2 agree that somebody else's job is not here", async () => {
    const jobId = await world.make("bob");
    expect(await until(jobId, (seen) => seen.notFound)).toMatchObject({ notFound: true, status: null });
  });

  it("agree on what is left of a cleared job, alone and among others", async () => {
    const gone = await world.make("ada", "purged");
    const here = await world.make("ada");
    const stop = client.watch(here).subscribe(() => undefined);
    const { gone: among } = await until(gone, (seen) => seen.gone !== null);
    expect(among).toMatchObject({ status: "completed" });
    expect(client.watch(here).current().connection).toBe("live");
    stop();
    const alone = await world.make("ada", "purged");
    expect((await until(alone, (seen) => seen.gone !== null)).gone?.finishedAt).toMatch(/^\d{4}-/);
  });

  it("E7 agree on a retry and its refusal, and on a cancellation", async () => {
    const failed = await world.make("ada", "later");
    await until(failed, (seen) => seen.status?.status === "failed");
    expect(client.watch(failed).current().status?.retry.eligible).toBe(true);
    expect(await client.watch(failed).retry()).toEqual({ done: true });
    expect(client.watch(failed).current().status).toMatchObject({ status: "pending", generation: 2 });

    expect(await client.watch(failed).cancel()).toEqual({ done: true });
    expect(client.watch(failed).current()).toMatchObject({ cancelledHere: true, status: { status: "cancelled" } });

    const wrong = await world.make("ada", "input");
    expect(await client.watch(wrong).retry()).toMatchObject({ done: false, code: "not_retryable" });
  });

  it("follows a change by the stream", async () => {
    const jobId = await world.make("ada");
    const watch = client.watch(jobId);
    const stop = watch.subscribe(() => undefined);
    await world.clock.advance(500);
    expect(watch.current().status?.status).toBe("pending");
    await world.waymark.cancel(jobId, { actor: "operator" });
    await until(jobId, (seen) => seen.status?.status === "cancelled");
    expect(watch.current()).toMatchObject({ connection: "live", status: { status: "cancelled" } });
    stop();
  });
});
