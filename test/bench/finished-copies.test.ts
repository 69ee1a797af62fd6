/** The finished jobs that measurements fill in are jobs as the store itself leaves them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fill, fillFinished, openEmpty } from "../../bench/lib/queue.mjs";
import { postgresPlace } from "../../bench/stores/postgres.mjs";
import { sqlitePlace } from "../../bench/stores/sqlite.mjs";
import { auditStore } from "../support/audit-store.js";
import { postgresUrl } from "../support/postgres.js";

const COPIES = 40;

describe.each(["sqlite", "postgres"])("finished jobs filled into %s", (name) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "waymark-copies-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("pass the audit, and are counted as finished beside those that wait", async () => {
    const url = Object.assign(new URL(postgresUrl()), { pathname: "/waymark_bench_copies" }).href;
    const place = name === "sqlite" ? sqlitePlace(join(folder, "jobs.db")) : postgresPlace(url);
    const waymark = await openEmpty(place);
    await fillFinished(place, waymark, COPIES);
    await fill(waymark, 3);
    expect(await waymark.tracker.counts()).toMatchObject({ completed: COPIES, pending: 3 });
    expect(await place.unfinished()).toBe(3);
    const { jobs } = await waymark.tracker.list({ status: "completed", limit: 200 });
    expect((await waymark.tracker.history(jobs.at(-1)!.jobId))!.map(({ event }) => event)).toEqual(
      (await waymark.tracker.history(jobs[0]!.jobId))!.map(({ event }) => event),
    );
    expect(await auditStore(waymark.store)).toEqual([]);
    await waymark.close();
    await place.empty();
    await place.close();
  });
});
