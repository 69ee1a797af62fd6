/**
 * SECURITY P5: what is private is put everywhere a program may put it, marked; then everything that leaves the library for
 * its user, its logs and its metrics is searched for the marks.
 */
import { expect, it } from "vitest";
import { createHttpApi } from "../../src/http/index.js";
import { defineJob, JobError, type Logger } from "../../src/index.js";
import { onEveryStore } from "./on-every-store.js";

const MARK = "canary";
const task = defineJob({ kind: "task", stages: ["one"], maxAttempts: 1 });

/** What a driver throws: data of other people in fields beside the message. */
function driverError(): Error {
  return Object.assign(new Error(`${MARK}-message`, { cause: new Error(`${MARK}-cause`) }), {
    detail: `${MARK}-detail`,
    where: `${MARK}-where`,
    parameters: [`${MARK}-parameter`],
    query: `select '${MARK}-query'`,
  });
}
const ENDS: Readonly<Record<string, () => unknown>> = {
  well: () => ({ ok: true }),
  "by an error of a driver": () => {
    throw driverError();
  },
  "by a text that is thrown": () => {
    throw `${MARK}-text`;
  },
  "by an error for its user": () => {
    throw new JobError({
      code: "bad_row",
      message: "Row 3 is empty.",
      category: "input",
      details: { row: `${MARK}-details` },
      cause: driverError(),
    });
  },
};

onEveryStore("P5: what is private leaves by no door that its user or a log can see", (world) => {
  it.each(Object.keys(ENDS))("P5 of a job that ends %s", async (how) => {
    const lines: unknown[] = [];
    const note = (fields: unknown, message: string): void => void lines.push(fields, message);
    const logger: Logger = { debug: note, info: note, warn: note, error: note };
    const waymark = await world().another({ logger });
    const hints: unknown[] = [];
    waymark.store.subscribe((hint) => hints.push(hint));
    const api = createHttpApi({
      waymark,
      authenticate: (request) => {
        const who = request.headers.get("authorization") ?? "";
        return { owner: who, role: who === "ops" ? "operator" : "owner" };
      },
      logger,
    });
    const texts: string[] = [];
    const get = async (path: string, who = "ada"): Promise<void> => {
      const response = await api.fetch(new Request(`http://a.example/api${path}`, { headers: { authorization: who } }));
      expect(response.status, path).toBe(200);
      texts.push(JSON.stringify([...response.headers]), await response.text());
    };

    const ref = await waymark.enqueue(task, { row: `${MARK}-input` }, { owner: "ada", idempotencyKey: `${MARK}-key` });
    await get(`/jobs/${ref.jobId}`);
    waymark.work([
      task.handle(async (_input, ctx) => {
        await ctx.stage("one");
        ctx.log(`${MARK}-line`, { field: `${MARK}-field` });
        return ENDS[how]!();
      }),
    ]);
    await world().until(() => waymark.tracker.isComplete(ref));
    for (const path of ["", "/status", "/history", "/events"]) await get(`/jobs/${ref.jobId}${path}`);
    await get("/jobs");
    await get("/metrics", "ops");
    texts.push(JSON.stringify(await waymark.tracker.explain(ref)), JSON.stringify(lines), JSON.stringify(hints));

    expect(lines.length, "something was logged").toBeGreaterThan(0);
    expect(hints.length, "something was hinted").toBeGreaterThan(0);
    for (const text of texts) expect(text).not.toContain(MARK);
    api.close();
  });
});
