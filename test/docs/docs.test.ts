/** What the documents say is held to the code: tables, commands, and the README's own quick start. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ERRORS } from "../../src/core/errors.js";
import { SYSTEM_FAILURES } from "../../src/core/failure.js";
import { JOB_STATUSES, LIFECYCLE } from "../../src/core/lifecycle.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), "utf8");
/** The cells of every table row that begins with a code in back quotes. */
const rows = (path: string): string[][] =>
  text(path)
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );

describe("docs/errors.md", () => {
  it("has every error code with its HTTP status, and no other", () => {
    const documented = rows("docs/errors.md").filter((cells) => /^\d{3}$/.test(cells[1] ?? ""));
    expect(Object.fromEntries(documented.map(([code, status]) => [code, Number(status)]))).toEqual(
      Object.fromEntries(Object.entries(ERRORS).map(([code, { httpStatus }]) => [code, httpStatus])),
    );
  });

  it("has every failure that Waymark itself records, with its category", () => {
    const documented = Object.fromEntries(rows("docs/errors.md").map(([code, category]) => [code, category]));
    for (const [code, { category }] of Object.entries(SYSTEM_FAILURES))
      expect([code, documented[code]]).toEqual([code, category]);
  });
});

describe("docs/state-machine.md", () => {
  it("has every status and every move of the table in the code, and no other", () => {
    const table = rows("docs/state-machine.md");
    expect(
      table
        .filter((cells) => cells.length === 3 && JOB_STATUSES.includes(cells[0] as "pending"))
        .map(([status]) => status),
    ).toEqual(["scheduled", "pending", "processing", "retrying", "completed", "failed", "cancelled", "expired"]);
    const moves = table.filter(([id]) => /^T\d+$/.test(id ?? ""));
    expect(moves.map(([id, event, from, to, by]) => ({ id, event, from, to, by }))).toEqual(
      Object.entries(LIFECYCLE).map(([event, { id, from, to, by }]) => ({
        id,
        event,
        from: from.map((status) => status ?? "–").join(", "),
        to,
        by: by.join(", "),
      })),
    );
  });
});

describe("README.md", () => {
  it("its quick start runs as it stands, and says what it says", async () => {
    const [, code] = /```ts\n([^]*?)```/.exec(text("README.md"))!;
    expect(code!.trim().split("\n").length).toBeLessThanOrEqual(30);
    const folder = mkdtempSync(join(root, ".cache-readme-"));
    try {
      writeFileSync(join(folder, "quick-start.mts"), code!);
      const run = promisify(execFile);
      const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", "quick-start.mts"], { cwd: folder });
      expect(stdout).toBe("Hello, Ada!\n");
      expect(stderr).toBe("");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("names only commands that exist and links only to files that exist", () => {
    const scripts = (JSON.parse(text("package.json")) as { scripts: Record<string, string> }).scripts;
    for (const [, name] of text("README.md").matchAll(/npm (?:run )?(start|test|\w+)(?= |$)/gm)) {
      if (name !== "install" && name !== "run") expect(Object.keys(scripts)).toContain(name);
    }
    for (const path of [
      "README.md",
      "CONTRIBUTING.md",
      "docs/state-machine.md",
      "docs/stores.md",
      "docs/decisions/README.md",
    ]) {
      for (const [, target] of text(path).matchAll(/\]\(((?!http)[^)#]+)\)/g)) {
        expect(() => readFileSync(join(root, path, "..", target!)), `${path} → ${target}`).not.toThrow();
      }
    }
  });
});
