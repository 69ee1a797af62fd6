/** The example service as it is: a real process, in Python's standard library alone, talking over real sockets. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import { toNodeHandler } from "../../src/http/index.js";
import { type Duration, defineJob, openWaymark, type Waymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { OTHER_SECRET, SECRET, signature } from "./service.js";

vi.setConfig({ testTimeout: 45_000 });

const PROGRAM = fileURLToPath(new URL("../../examples/python-service/service.py", import.meta.url));
const WEATHER = fileURLToPath(new URL("../../node_modules/vega-datasets/data/seattle-weather.csv", import.meta.url));
const ASK = "import sys; print(sys.executable if sys.version_info >= (3, 10) else '')";
/** The interpreter itself: a launcher before it would be the process that is killed. */
const python = spawnSync("python3", ["-c", ASK], { encoding: "utf8" }).stdout?.trim() ?? "";
if (python === "")
  console.warn("The example service in Python is not tested: python3 of version 3.10 or newer is missing.");

interface Running {
  readonly process: ChildProcess;
  readonly origin: string;
}
let running: Running[] = [];
let callbacks: Server;
let base: string;
let waymark: Waymark;
/** What stands between the service and us; the answer instead of ours, or null. */
let interfere: (request: Request) => Response | Promise<Response> | null;
let ids: string[];

async function start(port = 0): Promise<Running> {
  const args = ["-B", PROGRAM, "--port", String(port), "--secret", SECRET];
  const child = spawn(python, args, { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  const one = { process: child, origin: line.trim().replace("listening on ", "") };
  running.push(one);
  return one;
}
async function end({ process: child }: Running, kill: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(kill);
  await once(child, "exit");
}

const jobAt = (origin: string, timeout: Duration) =>
  defineJob({
    kind: "story",
    stages: ["uploading", { name: "analyzing", weight: 5 }, "generating", "visualizing"],
    timeout,
    maxAttempts: 20,
    backoff: { base: "100ms", max: "100ms" },
    remote: { url: `${origin}/run`, service: "python" },
  });
async function work(origin: string, timeout: Duration = "20s"): Promise<ReturnType<typeof jobAt>> {
  const python = { secrets: [SECRET], origins: [origin], allowLoopback: true, callbackBase: base };
  waymark = await openWaymark({ store: memoryStore(), logger: silentLogger, services: { python } });
  const job = jobAt(origin, timeout);
  waymark.work([job], { pollMs: 50, sweepMs: 50 });
  return job;
}

describe.skipIf(python === "")("the Python service", () => {
  beforeEach(async () => {
    running = [];
    ids = [];
    interfere = () => null;
    const answer = async (request: Request): Promise<Response> => {
      ids.push(String(request.headers.get("webhook-id")));
      const instead = await interfere(request);
      const jobId = new URL(request.url).pathname.split("/").at(-2)!;
      return instead ?? waymark.remote!.callback(request, jobId);
    };
    callbacks = createServer(toNodeHandler(answer));
    await new Promise<void>((resolve) => callbacks.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(callbacks.address() as AddressInfo).port}/api`;
  });
  afterEach(async () => {
    await waymark?.close();
    await Promise.all(running.map((one) => end(one)));
    callbacks.closeAllConnections();
    await new Promise((resolve) => callbacks.close(resolve));
  });

  it("E4 reports its stages in order and the story at the end", async () => {
    const service = await start();
    const job = await work(service.origin);
    const ref = await waymark.enqueue(job, { path: WEATHER });
    const stages = new Set<string>();
    for await (const view of waymark.tracker.watch(ref.jobId)) {
      if (view.progress?.stage != null) stages.add(view.progress.stage);
    }
    const info = await waymark.tracker.getStatus(ref.jobId);
    expect(info).toMatchObject({ status: "completed", attempt: 1, result: { rows: 1461 } });
    expect((info as { result?: { findings: unknown[] } }).result!.findings.length).toBeGreaterThan(0);
    const order = job.stages.map(({ name }) => name);
    expect([...stages]).toEqual(order.filter((name) => stages.has(name)));
    expect(ids.map((id) => Number(id.split("_").at(-1)))).toEqual(ids.map((_id, i) => i + 1));
  });

  it.each([
    [{ text: "" }, "empty_file", /empty/],
    [{ text: "a,b\n" }, "no_rows", /no rows/],
    [{ text: "a,b\n1\n2\n3\n" }, "uneven_rows", /Row 2 has 1 cells/],
    [{ path: "/nowhere/file.csv" }, "file_not_found", /Upload it again/],
  ])("E6 a file it cannot read fails the job in words its owner can act on (%j)", async (input, code, message) => {
    const service = await start();
    const job = await work(service.origin);
    const ref = await waymark.enqueue(job, input);
    const info = await waymark.tracker.awaitCompletion(ref.jobId, { timeout: "30s" });
    expect(info).toMatchObject({
      status: "failed",
      error: { code, category: "input", message: expect.stringMatching(message) },
    });
  });

  it("E4 sends a callback again until it is answered, and each counts once", async () => {
    const service = await start();
    const job = await work(service.origin);
    const seen = new Map<string, number>();
    interfere = async (request) => {
      const id = String(request.headers.get("webhook-id"));
      seen.set(id, (seen.get(id) ?? 0) + 1);
      if (seen.get(id) === 1) return new Response(null, { status: 503 });
      // The first sending was recorded, only its answer was lost: the second is a duplicate.
      if (seen.get(id) === 2 && id.endsWith("_1")) {
        await waymark.remote!.callback(request, id.split("_")[0]!);
        return new Response(null, { status: 500 });
      }
      return null as never;
    };
    const ref = await waymark.enqueue(job, { text: "a,b\n1,x\n2,y\n" });
    const info = await waymark.tracker.awaitCompletion(ref.jobId, { timeout: "30s" });
    expect(info).toMatchObject({ status: "completed", attempt: 1, result: { rows: 2 } });
    const [applied] = await waymark.store.callbacks([ref.jobId]);
    expect(applied!.map(({ id }) => id)).toEqual([...seen.keys()]);
    expect(Math.min(...seen.values())).toBeGreaterThanOrEqual(2);
  });

  it("E4 killed in the middle, its job is dispatched again after the deadline", async () => {
    const service = await start();
    const job = await work(service.origin, "2s");
    interfere = (request) =>
      String(request.headers.get("webhook-id")).endsWith("_1_2") ? new Promise<Response>(() => {}) : null;
    const ref = await waymark.enqueue(job, { text: "a,b\n1,x\n" });
    await vi.waitFor(() => expect(ids.some((id) => id.endsWith("_1_2"))).toBe(true), 20_000);
    await end(service, "SIGKILL");
    await start(Number(new URL(service.origin).port));
    const info = await waymark.tracker.awaitCompletion(ref.jobId, { timeout: "30s" });
    expect(info).toMatchObject({ status: "completed", result: { rows: 1 } });
    const history = await waymark.tracker.history(ref.jobId);
    expect(history!.map(({ event }) => event)).toContain("lose_retry");
  });

  it("W1 works for nobody who cannot sign, and does not start without a secret", async () => {
    const service = await start();
    const job = await work(service.origin);
    const body = JSON.stringify({
      jobId: "j",
      fence: 1,
      input: {},
      callbackUrl: `${base}/x`,
      deadline: "2000-01-01T00:00:00Z",
    });
    const now = String(Math.floor(Date.now() / 1_000));
    const send = async (headers: Record<string, string>) => {
      const answer = await fetch(`${service.origin}/run`, { method: "POST", body, headers });
      // Whoever is refused is told that the connection ends, and sends nothing more into it.
      expect(answer.headers.get("connection")).toBe(answer.status >= 400 ? "close" : null);
      return answer.status;
    };
    const signed = (id: string, timestamp: string, secret = SECRET) => ({
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature(secret, id, timestamp, body),
    });
    expect(await send({})).toBe(401);
    expect(await send(signed("a", now, OTHER_SECRET))).toBe(401);
    expect(await send(signed("a", String(Number(now) - 301)))).toBe(401);
    expect(await send(signed("a.b", now))).toBe(401);
    expect(await send({ ...signed("a", now), "webhook-id": "b" })).toBe(401);
    expect(await send(signed("a", now))).toBe(202);
    expect(job.kind).toBe("story");
    const bare = spawnSync(python, ["-B", PROGRAM, "--port", "0"], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    expect(bare).toMatchObject({ status: 2, stderr: expect.stringContaining("no secret") });
    const bad = spawnSync(python, ["-B", PROGRAM, "--port", "0", "--secret", "hunter2"], { encoding: "utf8" });
    expect(bad.status).toBe(2);
    expect(bad.stderr).not.toContain("hunter2");
  });
});
