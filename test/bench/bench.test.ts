/** `npm run bench` works: every row it names gives every figure it names. What the figures say is not tested here. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROWS } from "../../bench/rows/index.mjs";
import { postgresUrl } from "../support/postgres.js";

const RUN = fileURLToPath(new URL("../../bench/run.mjs", import.meta.url));
const exec = promisify(execFile);

interface Results {
  readonly quick: boolean;
  readonly environment: { readonly node: string; readonly postgres?: { readonly version: string } };
  readonly failures: readonly unknown[];
  readonly entries: readonly Entry[];
}
interface Entry {
  readonly run: number;
  readonly row: string;
  readonly store: string;
  readonly figure: string;
  readonly value: number;
  readonly limit?: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waymark-bench-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function bench(...args: string[]): Promise<Results> {
  const file = join(folder, "results.json");
  const env = { ...process.env, BENCH_DATABASE_URL: postgresUrl() };
  await exec(process.execPath, [RUN, "--quick", "--json", file, ...args], { env });
  return JSON.parse(await readFile(file, "utf8")) as Results;
}

/** "row figure" of what was measured on a store. */
const measured = (results: Results, store: string): string[] =>
  results.entries.filter((entry) => entry.store === store).map(({ row, figure }) => `${row}: ${figure}`);

const named = (...rows: string[]): string[] =>
  ROWS.filter(({ name }) => rows.includes(name)).flatMap(({ name, figures }) =>
    Object.keys(figures).map((figure) => `${name}: ${figure}`),
  );

describe("npm run bench", () => {
  it("gives every figure of a row, with the limit of the same run beside it", { timeout: 60_000 }, async () => {
    const results = await bench("--runs", "1", "--row", "enqueue,drain", "--store", "postgres,sqlite");
    expect(results.failures).toEqual([]);
    expect(measured(results, "postgres")).toEqual(named("enqueue", "drain"));
    expect(measured(results, "sqlite")).toEqual(named("enqueue", "drain"));
    for (const { value } of results.entries) expect(value).toBeGreaterThan(0);
    const limited = results.entries.filter(({ limit }) => limit !== undefined && limit > 0);
    expect(limited.length).toBe(results.entries.length - 1); // SQLite has one writer: two processes have no limit.
    expect(results.environment.postgres?.version).toMatch(/^\d+/);
  });

  it("measures by turns, and says of quick figures that they are", { timeout: 60_000 }, async () => {
    const results = await bench("--runs", "2", "--row", "latency", "--store", "memory,sqlite");
    expect(results.quick).toBe(true);
    expect(results.environment.node).toBe(process.version);
    const order = results.entries.map(({ run, store }) => `${run} ${store}`);
    expect([...new Set(order)]).toEqual(["1 sqlite", "1 memory", "2 sqlite", "2 memory"]);
  });

  it("measures what runs beside a queue: progress and viewers", { timeout: 60_000 }, async () => {
    const results = await bench("--runs", "1", "--row", "progress,watched", "--store", "sqlite");
    expect(results.failures).toEqual([]);
    expect(measured(results, "sqlite")).toEqual(named("progress", "watched"));
    const writes = results.entries.find(({ figure }) => figure === "writes per job");
    expect(writes?.value).toBeGreaterThan(0);
  });

  it("refuses a row that it does not know, and names those it does", async () => {
    const refused = exec(process.execPath, [RUN, "--row", "nonsense"]);
    await expect(refused).rejects.toMatchObject({ code: 2 });
    await expect(refused).rejects.toHaveProperty("stderr", expect.stringContaining("it knows enqueue, drain"));
  });
});
