/** The whole run of `npm start -- FILE`, in one process and with a real store: what is printed, and how it ends. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWaymark } from "waymark";
import { storyJob } from "../../examples/story/job.js";
import { type Run, run } from "../../examples/story/run.js";

const WEATHER = "node_modules/vega-datasets/data/seattle-weather.csv";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "story-run-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function runWith(options: Partial<Run>): Promise<{ code: number; out: string; status: string }> {
  let out = "";
  let status = "";
  const code = await run({
    path: WEATHER,
    store: "memory:",
    json: false,
    screen: { color: false, width: 80 },
    inPlace: false,
    out: (text) => void (out += text),
    status: (text) => void (status += text),
    clock: { monotonic: () => 0, after: () => () => {} },
    signal: new AbortController().signal,
    ...options,
  });
  return { code, out, status };
}

describe("npm start -- FILE", { timeout: 45_000 }, () => {
  it("tells the story, names the job, and ends with 0", async () => {
    const { code, out, status } = await runWith({});
    expect(code).toBe(0);
    expect(out).toContain("temp_max goes with the seasons");
    expect(out).toContain("1,461 rows in 6 columns, from 1 Jan 2012 to 31 Dec 2015.");
    expect(out).toMatch(/Job {5}[0-9a-f-]{36}\n$/);
    expect(status.trimEnd().split("\n").at(-1)).toMatch(/^● Done/);
  });

  it("E11 a file that cannot be told: the sentence, no stack trace, one attempt, and 1", async () => {
    const path = join(folder, "empty.csv");
    await writeFile(path, "");
    const { code, out, status } = await runWith({ path });
    expect(code).toBe(1);
    expect(out).toContain(
      "! This file could not be read\nempty.csv is empty. Choose a file with a header and some rows.\n",
    );
    expect(out + status).not.toMatch(/\n\s+at |node:|Error:/);
    expect(status).not.toContain("trying again");
  });

  it("--json: one object with the job and its story, or its error", async () => {
    const told = JSON.parse((await runWith({ json: true })).out);
    expect(told).toMatchObject({ status: "completed", story: { rows: 1_461 } });
    const refused = JSON.parse((await runWith({ json: true, path: join(folder, "none.csv") })).out);
    expect(refused).toMatchObject({ status: "failed", error: { code: "file_not_found", category: "input" } });
  });

  it("a store that is none: said in a sentence, and 2", async () => {
    const { code, out, status } = await runWith({ store: "mysql://somewhere" });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(status).toContain('Use "memory:", "sqlite:PATH" or "postgres://…".');
  });

  it("the job stays in the embedded store, with file name and size for those who look later", async () => {
    const store = `sqlite:${join(folder, "kept.db")}`;
    const { code, out } = await runWith({ store });
    expect(code).toBe(0);
    const jobId = /Job +([0-9a-f-]{36})/.exec(out)?.[1] ?? "";
    expect(out.endsWith(`\nStatus  npx waymark status ${jobId} --store ${store}\n`)).toBe(true);
    await using waymark = await openWaymark({ store });
    expect(await waymark.tracker.getStatus(jobId)).toMatchObject({
      status: "completed",
      attempt: 1,
      metadata: { filename: "seattle-weather.csv", bytes: 48_219 },
      progress: { percent: 100 },
    });
  });

  it.each(["before it begins", "at work"])(
    "interrupted %s: the job is given back, uncharged, and finished by the next run",
    async (when) => {
      const store = `sqlite:${join(folder, `stopped ${when}.db`)}`;
      const stop = new AbortController();
      if (when === "before it begins") stop.abort();
      const status = (text: string): void => void (text.startsWith("◆") && stop.abort());
      const path = "node_modules/vega-datasets/data/birdstrikes.csv";
      const first = await runWith({ path, store, signal: stop.signal, graceMs: 0, status });
      expect(stop.signal.aborted).toBe(true);
      const jobId = /Job +([0-9a-f-]{36})/.exec(first.out)?.[1] ?? "";
      await using waymark = await openWaymark({ store });
      expect(first.code).toBe(1);
      expect(first.out).toContain("The next npm start, or any worker, picks it up.");
      expect(await waymark.tracker.getStatus(jobId)).toMatchObject({ status: "pending", attempt: 0 });
      await runWith({ store });
      const end = await waymark.tracker.awaitCompletion(jobId, { timeout: "30s" });
      expect(end).toMatchObject({ status: "completed", attempt: 1 });
    },
  );

  it("DESIGN §7 the job declares its stages, three attempts, 30 s a try and 60 s in all", () => {
    expect(storyJob).toMatchObject({
      kind: "story",
      maxAttempts: 3,
      timeoutMs: 30_000,
      targetMs: 60_000,
      stages: [
        { name: "uploading", weight: 1 },
        { name: "analyzing", weight: 5 },
        { name: "generating", weight: 1 },
        { name: "visualizing", weight: 1 },
      ],
    });
  });
});
