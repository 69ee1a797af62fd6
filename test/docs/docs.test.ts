/** What the documents say is held to the code: tables, commands, and the README's own quick start. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

  it("says what each invariant means that an audit may name", () => {
    const folder = join(root, "src/core");
    const named = readdirSync(folder)
      .filter((file) => file.startsWith("audit"))
      .flatMap((file) => [...text(`src/core/${file}`).matchAll(/"(I\d+)"/g)].map(([, id]) => id!));
    const documented = rows("docs/state-machine.md").map(([id]) => id);
    expect(new Set(named).size).toBeGreaterThan(20);
    for (const id of named) expect(documented).toContain(id);
  });

  it("names the facts of every kind of line that an export has, and no others", () => {
    const source = text("src/core/export-format.ts");
    for (const [type, facts] of rows("docs/state-machine.md").filter(([type]) =>
      /^(event|attempt|callback|purge)$/.test(type!),
    )) {
      const [, body] = new RegExp(`readonly type: "${type}";([^]*?)\n}`).exec(source)!;
      const fields = [...body!.matchAll(/readonly (\w+):/g)].map(([, field]) => field);
      expect(facts!.split(":")[0]!.split(", ")).toEqual(fields);
    }
  });
});

describe("every page", () => {
  const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
    (readdirSync(join(root, "docs"), { recursive: true }) as string[])
      .filter((file) => file.endsWith(".md"))
      .map((file) => `docs/${file}`),
  );

  it.each(pages)("links only to pages, headings and files that are there: %s", (page) => {
    for (const [, link] of text(page).matchAll(/\]\(((?!http)[^)]+)\)/g)) {
      const [path, heading] = link!.split("#") as [string, string?];
      const target = path === "" ? join(root, page) : join(root, page, "..", path);
      expect(existsSync(target), link).toBe(true);
      if (heading !== undefined) expect(headings(readFileSync(target, "utf8")), link).toContain(heading);
    }
  });
});

/** As GitHub makes anchors of them. */
function headings(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, "")
      .replace(/\s/g, "-"),
  );
}

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

  it("names only commands that exist", () => {
    const scripts = (JSON.parse(text("package.json")) as { scripts: Record<string, string> }).scripts;
    const named = [...text("README.md").matchAll(/npm (?:run )?(start|test|\w+)(?= |$)/gm)].map(([, name]) => name!);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named.filter((name) => !/^(install|run)$/.test(name))));
  });
});
