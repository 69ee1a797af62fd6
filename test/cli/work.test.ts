/** `waymark work MODULE`: a worker of its own, told by signals. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { defineJob } from "waymark";
import { build, jsonLines, LIBRARY, Place } from "./cli.js";

const mail = defineJob({ kind: "send-mail" });
const stubborn = defineJob({ kind: "stubborn" });
const HANDLERS = `
  import { defineJob } from ${JSON.stringify(LIBRARY)};
  const mail = defineJob({ kind: "send-mail" });
  export default [mail.handle(async (input, { signal }) => {
    if (input !== "slow") return { sent: input };
    await new Promise((_, reject) => {
      const alive = setInterval(() => {}, 1000);
      signal.addEventListener("abort", () => (clearInterval(alive), reject(signal.reason)));
    });
  })];
  export const stubborn = defineJob({ kind: "stubborn" }).handle(() => new Promise(() => setInterval(() => {}, 1000)));
  export const version = 1;
`;

let place: Place;
beforeAll(build);
beforeEach(async () => {
  place = await Place.make();
  await writeFile(path.join(place.folder, "handlers.mjs"), HANDLERS);
});
afterEach(() => place.remove());

describe("waymark work", () => {
  it("works with default and named handlers until SIGTERM, and ends with 0", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 7);
    const working = place.start("work", "handlers.mjs");
    expect(await place.waymark.tracker.awaitCompletion(jobId, { timeout: "20s" })).toMatchObject({
      status: "completed",
      result: { sent: 7 },
    });
    await working.until(/completed after/);
    working.child.kill("SIGTERM");
    const { code, stdout } = await working.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Working on send-mail and stubborn\. Ctrl\+C stops\.\n/);
  });

  it("T9 the first SIGTERM gives a running job back, uncharged", async () => {
    const { jobId } = await place.waymark.enqueue(mail, "slow");
    const working = place.start("work", "handlers.mjs", "--grace", "50ms");
    await working.until(/attempt 1/);
    working.child.kill("SIGTERM");
    expect(await working.ended).toMatchObject({ code: 0 });
    expect(await place.waymark.tracker.getStatus(jobId)).toMatchObject({ status: "pending", attempt: 0 });
    expect((await place.waymark.tracker.history(jobId))?.map(({ event }) => event)).toEqual([
      "enqueue",
      "claim",
      "release",
    ]);
  });

  it("the second signal ends the process at once; the lease stays", async () => {
    const { jobId } = await place.waymark.enqueue(stubborn, 1);
    const working = place.start("work", "handlers.mjs", "--grace", "1h");
    await working.until(/attempt 1/);
    working.child.kill("SIGINT");
    await working.until(/Stopping; 1 still running/);
    working.child.kill("SIGINT");
    expect(await working.ended).toMatchObject({ code: 130 });
    expect(await place.waymark.tracker.getStatusOnly(jobId)).toBe("processing");
  });

  it("--json tells each event in a line", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    const working = place.start("work", "handlers.mjs", "--json");
    await working.until(/"ended"/);
    working.child.kill("SIGTERM");
    expect(jsonLines(await working.ended)).toMatchObject([
      { type: "started", jobId, attempt: 1 },
      { type: "ended", jobId, status: "completed" },
    ]);
  });

  it("goes on when nobody reads its lines any more", async () => {
    const working = place.start("work", "handlers.mjs");
    await working.until(/Ctrl\+C/);
    working.child.stdout!.destroy();
    for (const input of [1, 2]) {
      const { jobId } = await place.waymark.enqueue(mail, input);
      expect(await place.waymark.tracker.awaitCompletion(jobId, { timeout: "20s" })).toMatchObject({
        status: "completed",
      });
    }
    working.child.kill("SIGTERM");
    expect(await working.ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("says what is wrong with a module", async () => {
    await writeFile(path.join(place.folder, "empty.mjs"), "export default 1;");
    await writeFile(path.join(place.folder, "broken.mjs"), "throw new Error('no luck');");
    expect(await place.run("work", "none.mjs")).toMatchObject({
      code: 2,
      stderr: "waymark: There is no module at none.mjs.\n",
    });
    expect(await place.run("work", "empty.mjs")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("exports no handler"),
    });
    expect(await place.run("work", "broken.mjs")).toMatchObject({
      code: 5,
      stderr: "waymark: broken.mjs could not be loaded: no luck\n",
    });
  });
});
