/** The closing line of `npm test` never calls a broken run a good one. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closingLine, type Tally, verdict } from "../../scripts/lib/tally.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const vitest = 'import { beforeAll, describe, expect, it } from "vitest";\n';

describe("the closing line", () => {
  it("is `N passed, N failed`, with the skipped only when there are some", () => {
    expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
    expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
  });

  it("counts a run that died, ran nothing or ended badly as failed", () => {
    expect(verdict(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(verdict({ passed: 0, failed: 0, skipped: 0 }, 0).failed).toBe(1);
    expect(verdict({ passed: 5, failed: 0, skipped: 0 }, 1).failed).toBe(1);
    expect(verdict({ passed: 5, failed: 2, skipped: 0 }, 1).failed).toBe(2);
    expect(verdict({ passed: 5, failed: 0, skipped: 1 }, 0)).toEqual({ passed: 5, failed: 0, skipped: 1 });
  });
});

describe("the tally of a real run", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), "waymark-tally-"));
    await symlink(path.join(root, "node_modules"), path.join(home, "node_modules"));
    await writeFile(path.join(home, "vitest.config.mjs"), "export default {};");
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const tally = async (files: Record<string, string>): Promise<Tally> => {
    for (const [name, source] of Object.entries(files)) await writeFile(path.join(home, name), vitest + source);
    const out = path.join(home, "tally.json");
    const program = path.join(root, "node_modules/vitest/vitest.mjs");
    const reporter = `--reporter=${path.join(root, "scripts/lib/tally-reporter.mjs")}`;
    const env = { ...process.env, WAYMARK_TALLY: out };
    const code = await new Promise<number>((resolve) => {
      const child = execFile(process.execPath, [program, "run", reporter], { cwd: home, env });
      child.once("close", (ended) => resolve(ended ?? 1));
    });
    const counted = await readFile(out, "utf8").catch(() => "null");
    return verdict(JSON.parse(counted) as Tally | null, code);
  };

  it("counts passed, failed and skipped tests", async () => {
    const source = 'it("a", () => {}); it("b", () => expect(1).toBe(2)); it.skip("c", () => {}); it.todo("d");';
    expect(await tally({ "a.test.ts": source })).toEqual({ passed: 1, failed: 1, skipped: 2 });
  });

  it("counts a file that does not load, a hook that throws and a stray rejection as failed", async () => {
    const files = {
      "load.test.ts": 'import "./missing.js"; it("a", () => {});',
      "hook.test.ts": 'describe("x", () => { beforeAll(() => { throw new Error("hook"); }); it("b", () => {}); });',
      "stray.test.ts": 'it("c", async () => { void Promise.reject(new Error("stray")); });',
    };
    expect(await tally(files)).toMatchObject({ passed: 1, failed: 3 });
  });

  it("counts a setup that throws as failed", async () => {
    const files = {
      "setup.ts": 'export default () => { throw new Error("setup"); };',
      "a.test.ts": 'it("a", () => {});',
    };
    const config = 'export default { test: { globalSetup: ["./setup.ts"] } };';
    await writeFile(path.join(home, "vitest.config.mjs"), config);
    expect(await tally(files)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
