/** S7: short-lived, signed permissions to watch, for browsers without a session. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import { openWaymark } from "../../src/index.js";
import { openWorld, SECRET, type World } from "./world.js";

describe("S7 read tokens", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());
  const get = (path: string, token: string): Promise<Response> => world.call("GET", path, token);

  it("a token for one job reads that job, by header or query, and nothing else", async () => {
    const [own, other] = [await world.make("ada"), await world.make("ada")];
    const token = await world.waymark.tokens.read(own);
    expect((await get(`/api/jobs/${own}`, token)).status).toBe(200);
    expect((await get(`/api/jobs/${own}/history`, token)).status).toBe(200);
    expect((await world.call("GET", `/api/jobs/${own}?token=${token}`, null)).status).toBe(200);
    expect((await get(`/api/jobs/${other}`, token)).status).toBe(404);
    expect((await get("/api/jobs", token)).status).toBe(403);
    const events = await get(`/api/events?ids=${other}`, token);
    expect(await events.text()).toContain("event: gone");
  });

  it("changes nothing", async () => {
    const id = await world.make("ada");
    const token = await world.waymark.tokens.read(id);
    for (const [method, path] of [
      ["POST", "/retry"],
      ["POST", "/cancel"],
      ["DELETE", ""],
    ] as const) {
      expect((await world.call(method, `/api/jobs/${id}${path}`, token)).status).toBe(403);
      expect((await world.call(method, `/api/jobs/${id}${path}?token=${token}`, null)).status).toBe(401);
    }
  });

  it("a token for an owner reads all their jobs, lists included, and nobody else's", async () => {
    const [own, foreign] = [await world.make("ada"), await world.make("bob")];
    const token = await world.waymark.tokens.readAll("ada");
    const page: any = await (await get("/api/jobs", token)).json();
    expect(page.jobs).toHaveLength(1);
    expect([(await get(`/api/jobs/${own}`, token)).status, (await get(`/api/jobs/${foreign}`, token)).status]).toEqual([
      200, 404,
    ]);
  });

  it("a job without an owner can be shown by a token, and by nothing else but an operator", async () => {
    const id = await world.make(undefined);
    expect((await world.call("GET", `/api/jobs/${id}`, "ada")).status).toBe(404);
    expect((await get(`/api/jobs/${id}`, await world.waymark.tokens.read(id))).status).toBe(200);
    expect((await world.call("GET", `/api/jobs/${id}`, "operator:ops")).status).toBe(200);
  });

  it("is over when its time is, and any change of it makes it void", async () => {
    const id = await world.make("ada");
    const token = await world.waymark.tokens.read(id, { expiresIn: "1m" });
    const [head, body, signature] = token.split(".") as [string, string, string];
    const claims = JSON.parse(atob(body)) as Record<string, unknown>;
    const forged = btoa(JSON.stringify({ ...claims, owner: "bob" })).replaceAll("=", "");
    const none = btoa('{"alg":"none","typ":"waymark-read+jwt"}').replaceAll("=", "");
    for (const bad of [
      `${head}.${forged}.${signature}`,
      `${none}.${body}.`,
      `${head}.${body}.`,
      `${token}x`,
      `${head}.e30.${signature}`,
    ]) {
      expect((await get(`/api/jobs/${id}`, bad)).status).toBe(401);
    }
    await world.clock.advance(59_000);
    expect((await get(`/api/jobs/${id}`, token)).status).toBe(200);
    await world.clock.advance(2_000);
    expect((await get(`/api/jobs/${id}`, token)).status).toBe(401);
  });

  it("a token of a retired secret stays good while that secret is still listed", async () => {
    const old = await world.waymark.tokens.readAll("ada");
    const rotate = (secret: string | readonly string[]) =>
      openWaymark({ store: world.store, clock: world.clock, logger: silentLogger, tokens: { secret } });
    const both = await rotate(["another-secret-of-at-least-32-bytes", SECRET]);
    const fresh = await rotate("another-secret-of-at-least-32-bytes");
    expect(await both.tokens.verify(old)).toMatchObject({ owner: "ada", jobId: null });
    expect(await fresh.tokens.verify(old)).toBeNull();
    expect(await fresh.tokens.verify(await both.tokens.readAll("ada"))).toMatchObject({ owner: "ada" });
    await Promise.all([both.close(), fresh.close()]);
  });

  it("without a secret, or with a short one, it says so; an unknown job and an odd duration are refused", async () => {
    const bare = await openWaymark({ store: "memory:", logger: silentLogger });
    await expect(bare.tokens.readAll("ada")).rejects.toMatchObject({ code: "tokens_not_configured" });
    await expect(bare.tokens.read("x")).rejects.toMatchObject({ code: "tokens_not_configured" });
    expect(await bare.tokens.verify("a.b.c")).toBeNull();
    await bare.close();
    const short = openWaymark({ store: "memory:", logger: silentLogger, tokens: { secret: "short" } });
    await expect(short).rejects.toMatchObject({ code: "invalid_option" });
    const { tokens } = world.waymark;
    await expect(tokens.read("0190aaaa-0000-7000-8000-000000000000")).rejects.toMatchObject({ code: "not_found" });
    for (const expiresIn of ["25h", 0, "999ms"] as const) {
      await expect(tokens.readAll("ada", { expiresIn })).rejects.toMatchObject({ code: "invalid_option" });
    }
  });
});
