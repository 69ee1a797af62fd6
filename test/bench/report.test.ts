/** docs/performance.md says what the committed results say, and judges them fairly. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { barChart } from "../../bench/report/chart.mjs";
import { charts } from "../../bench/report/charts.mjs";
import { readResults } from "../../bench/report/data.mjs";
import { fillIn } from "../../bench/report/document.mjs";
import { GOALS } from "../../bench/report/goals.mjs";
import { judge } from "../../bench/report/judge.mjs";
import { takePeerResults } from "../../bench/report/peer-results.mjs";
import { PLAN } from "../../bench/report/plan.mjs";
import { goalTable, ownTables, peerTables } from "../../bench/report/tables.mjs";
import { ROWS } from "../../bench/rows/index.mjs";

const REPORT = fileURLToPath(new URL("../../bench/report.mjs", import.meta.url));

const drained = (peer: string, ...rates: number[]) =>
  rates.map((rate, i) => ({ run: i + 1, peer, profile: "tuned", bench: "drain", opt: {}, rate }));
const snapshot = (...values: number[]) =>
  values.map((value, i) => ({ run: i + 1, store: "postgres", row: "snapshot", figure: "share left, 50,000", value }));
const data = (peers: unknown[], own: unknown[] = []) => ({ peers, own, environments: [], peerFiles: [] }) as never;
const goal = (row: string) => GOALS.PostgreSQL.find((each) => each.row === row) as never;

describe("the report", () => {
  it("agrees with the committed results, document and charts alike", { timeout: 20_000 }, async () => {
    expect(await promisify(execFile)(process.execPath, [REPORT, "--check"])).toEqual({ stdout: "", stderr: "" });
  });

  it("takes the ratio within each run, to the peer whose median is best", () => {
    const results = data([
      ...drained("waymark-postgres", 100, 300, 90),
      ...drained("graphile-worker", 50, 100, 60),
      ...drained("pg-boss", 10, 900, 10),
    ]);
    expect(judge(results, goal("drain of 20,000"))).toEqual({
      value: 100,
      runs: 3,
      against: 60,
      who: "graphile-worker",
      ratio: 2,
      reached: true,
    });
  });

  it("says plainly what was not reached, and what was not measured", () => {
    const results = data([...drained("waymark-postgres", 50), ...drained("pg-boss", 50)], snapshot(0.7, 0.8, 0.9));
    const lines = goalTable(results, "PostgreSQL").split("\n");
    const line = (row: string) => lines.find((each) => each.startsWith(`| ${row} |`));
    expect(line("drain of 20,000")).toBe(
      "| drain of 20,000 | 50 jobs/s | 50 (pg-boss) | 1 × | ≥ 1.25 × | **not reached** |",
    );
    expect(line("held snapshot, 50,000")).toBe(
      "| held snapshot, 50,000 | 0.8 of its own rate | – | – | ≥ 0.85 | **not reached** |",
    );
    expect(line("drain of 100,000")).toBe("| drain of 100,000 | – | – | – | ≥ 1.25 × | not measured |");
  });

  it("what should be small is reached when it is small", () => {
    const lost = (value: number) =>
      data([], [{ run: 1, store: "postgres", row: "watched", figure: "throughput lost", value }]);
    expect(judge(lost(9), goal("10,000 viewers, throughput lost")).reached).toBe(true);
    expect(judge(lost(11), goal("10,000 viewers, throughput lost")).reached).toBe(false);
  });

  it("every goal asks for what is measured: a step of the plan, or a figure of a row", () => {
    for (const each of Object.values(GOALS).flat()) {
      if (each.kind === "peers") {
        const [bench, opt] = each.ask;
        const step = PLAN.find((one) => one.bench === bench && JSON.stringify(one.opt ?? {}) === JSON.stringify(opt));
        expect(step?.peers, each.row).toContain("us" in each ? each.us : "");
        expect("rivals" in each && each.rivals.some((rival: string) => step?.peers.includes(rival)), each.row).toBe(
          true,
        );
      } else {
        const [store, name, figure] = each.ask;
        const row = ROWS.find((one) => one.name === name);
        expect(row?.stores, each.row).toContain(store);
        expect(Object.keys(row?.figures ?? {}), each.row).toContain(figure);
      }
    }
  });

  it("tables show the median with its spread, and leave out who was not measured", () => {
    const table = peerTables(data(drained("waymark-postgres", 1_000, 3_000, 2_000)));
    expect(table).toContain("| waymark-postgres | 2,000 (1,000–3,000) |");
    expect(table).not.toContain("graphile-worker");
    expect(ownTables(data([], snapshot(0.5)))).toContain("| postgres | share left, 50,000 | 0.5 |");
  });

  it("charts say every value in words too, and are drawn only of what was measured", () => {
    const results = data([...drained("waymark-postgres", 100), ...drained("pg-boss", 80)]);
    const drawn = charts(results) as Record<string, string>;
    expect(Object.keys(drawn)).toEqual(["postgresql.svg"]);
    expect(drawn["postgresql.svg"]).toContain("drain of 20,000, jobs/s: Waymark 100, pg-boss 80.");
    const bars = [{ kind: "own", who: "a < b", value: 1, text: "1" }];
    expect(barChart({ title: "t", subtitle: "", groups: [{ label: "l", unit: "u", less: true, bars }] })).toContain(
      "a &lt; b",
    );
  });

  it("takes of the harness what was measured since it began, counts its runs and keeps its errors", () => {
    const line = (at: string, rest: object) =>
      JSON.stringify({ at, peer: "p", profile: "tuned", bench: "drain", ...rest });
    const text = [
      line("2026-01-01T00:00:00Z", { opt: {}, ok: true, rate: 1 }),
      line("2026-01-02T00:00:00Z", { opt: {}, ok: true, rate: 2, seconds: 3, note: "said" }),
      line("2026-01-02T00:00:01Z", { opt: { n: 5 }, ok: true, rate: 4, capped: true }),
      line("2026-01-02T00:00:02Z", { opt: {}, ok: false, error: "died" }),
    ].join("\n");
    const about = { peer: "p", profile: "tuned", bench: "drain" };
    expect(takePeerResults(text, "2026-01-01T12:00:00Z")).toEqual([
      { run: 1, ...about, opt: {}, rate: 2, seconds: 3 },
      { run: 1, ...about, opt: { n: 5 }, rate: 4, capped: true },
      { run: 2, ...about, opt: {}, error: "died" },
    ]);
  });

  it("knows nothing where nothing was measured yet", () => {
    expect(readResults("/nowhere")).toEqual({ own: [], peers: [], environments: [], peerFiles: [] });
  });

  it("takes no quick figures", async () => {
    const folder = await mkdtemp(join(tmpdir(), "waymark-results-"));
    await writeFile(join(folder, "a.json"), JSON.stringify({ from: "waymark", quick: true, entries: [] }));
    expect(() => readResults(folder)).toThrow("quick figures");
    await rm(folder, { recursive: true });
  });

  it("fills only between its marks, and misses none", () => {
    expect(fillIn("a <!-- bench:x -->old<!-- /bench:x --> b", { x: "new" })).toBe(
      "a <!-- bench:x -->\n\nnew\n\n<!-- /bench:x --> b",
    );
    expect(() => fillIn("nothing", { x: "new" })).toThrow("bench:x");
  });
});
