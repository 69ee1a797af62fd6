/** `npm start -- --remote`: the demo's work done by the service in Python, as a person without a browser sees it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const ASK = "import sys; sys.exit(sys.version_info < (3, 10))";
const python = spawnSync("python3", ["-c", ASK]).status === 0;
const suffix = python ? "" : " (skipped: python3 of version 3.10 or newer is missing)";

describe.skipIf(!python)(`npm start -- --remote${suffix}`, { timeout: 60_000 }, () => {
  let folder: string;
  let demo: ChildProcess;
  let url: string;
  let cookie: string;
  const post = (path: string, body = "") =>
    fetch(url + path, {
      method: "POST",
      redirect: "manual",
      headers: { origin: url, cookie: cookie ?? "", "content-type": "application/x-www-form-urlencoded" },
      body,
    });
  const get = (path: string) => fetch(url + path, { headers: { cookie } });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "story-remote-"));
    const { WAYMARK_STORE: _store, ...env } = process.env;
    const args = [resolve("scripts/start.mjs"), "--remote"];
    const started = spawn(process.execPath, args, { cwd: folder, env: { ...env, PORT: "0" } });
    demo = started;
    url = await new Promise<string>((done, fail) => {
      let said = "";
      started.stderr.on("data", (text) => void (said += text));
      started.stdout.on("data", (text) => {
        const [found] = /http:\/\/localhost:\d+/.exec((said += text)) ?? [];
        if (found !== undefined) done(found);
      });
      started.once("exit", (code) => fail(new Error(`The demo ended with ${code}: ${said}`)));
    });
    cookie = (await post("/sign-in", "user=ada")).headers.get("set-cookie")?.split(";")[0] ?? "";
  }, 240_000);
  afterAll(async () => {
    if (demo?.exitCode === null) {
      demo.kill("SIGTERM");
      await once(demo, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  });

  async function ended(path: string): Promise<{ jobId: string; status: Record<string, unknown> }> {
    const response = await post(path);
    expect(response.status).toBe(202);
    const { jobId } = (await response.json()) as { jobId: string };
    const look = async () => (await (await get(`/api/jobs/${jobId}/status`)).json()) as Record<string, unknown>;
    await vi.waitFor(async () => expect((await look())["finishedAt"]).toBeDefined(), {
      timeout: 30_000,
      interval: 100,
    });
    return { jobId, status: await look() };
  }

  it("E4 E5 a job goes through the stages outside, and its story stands on the shelf once", async () => {
    const { jobId, status } = await ended("/samples/seattle-weather");
    expect(status).toMatchObject({ status: "completed", attempt: 1, result: { storyId: jobId } });
    const page = await (await get(`/stories/${jobId}`)).text();
    expect(page).toContain("1,461");
    expect(page).toContain("Finding 1");
    expect(page).toContain("1 story");
  });

  it("E6 E11 a file it cannot read: a sentence, and no retry", async () => {
    const { status } = await ended("/rehearsals/broken");
    expect(status).toMatchObject({ status: "failed", error: { category: "input" }, retry: { eligible: false } });
  });

  it("what it cannot play is not offered", async () => {
    expect((await post("/rehearsals/slow")).status).toBe(404);
    expect(await (await get("/")).text()).not.toContain("Slow work");
  });
});
