/** `npm run build` and `npm start` do what is needed, say so, and no more. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SmallRepository } from "./small-repository.js";

/** A demo that shows what reaches it. */
const DEMO = `
import { name } from "waymark";
export async function main(argv: readonly string[]): Promise<number> {
  const told = new Promise<number>((resolve) => process.once("SIGTERM", () => resolve(9)));
  const alive = setInterval(() => {}, 1_000);
  console.log([name, ...argv].join("|"));
  const code = argv[0] === "wait" ? await told : 7;
  clearInterval(alive);
  return code;
}`;

describe("the scripts", () => {
  let repository: SmallRepository;
  beforeEach(async () => {
    repository = await SmallRepository.make({
      "src/index.ts": 'export const name: string = "waymark";',
      "src/old.ts": "export const old: number = 1;",
      "src/style.css": "p {}",
      "examples/story/main.ts": DEMO,
    });
  });
  afterEach(() => repository.remove());
  const built = (file: string): boolean => existsSync(path.join(repository.home, file));

  it("never install through a linked node_modules: npm would empty what others use", async () => {
    const shared = path.join(repository.home, "shared");
    await mkdir(shared);
    await writeFile(path.join(shared, "kept.txt"), "");
    await rm(path.join(repository.home, "node_modules"));
    await symlink(shared, path.join(repository.home, "node_modules"));
    const ended = await repository.run("build.mjs");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("node_modules is a link");
    expect(built("shared/kept.txt")).toBe(true);
  });

  it("build when the sources' contents changed, and not otherwise", async () => {
    const first = await repository.run("build.mjs");
    expect(first).toMatchObject({ code: 0, stdout: "" });
    expect(first.stderr).toMatch(/building the library/);
    expect(["dist/index.d.ts", "dist/style.css", "dist-examples/story/main.js"].filter((file) => !built(file))).toEqual(
      [],
    );

    expect(await repository.run("build.mjs")).toEqual({ code: 0, stdout: "", stderr: "" });

    await rm(path.join(repository.home, "src/old.ts"));
    expect((await repository.run("build.mjs")).stderr).toMatch(/building the library/);
    expect(built("dist/old.js")).toBe(false);
  });

  it("keep the last good build when the sources do not compile, and fail", async () => {
    await repository.run("build.mjs");
    await repository.write({ "src/index.ts": 'export const name: number = "no";' });
    const broken = await repository.run("build.mjs");
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/src\/index\.ts[^]*does not compile/);
    expect(await readFile(path.join(repository.home, "dist/index.js"), "utf8")).toMatch(/"waymark"/);
  });

  it("start the demo with its arguments, its exit code and nothing else on stdout", async () => {
    const ended = await repository.run("start.mjs", ["sales.csv", "--json"]);
    expect(ended).toMatchObject({ code: 7, stdout: "waymark|sales.csv|--json\n" });
  });

  it("let signals reach the demo", async () => {
    const ended = await repository.run("start.mjs", ["wait"], (child) => {
      child.stdout?.once("data", () => child.kill("SIGTERM"));
    });
    expect(ended).toMatchObject({ code: 9, stdout: "waymark|wait\n" });
  });

  it("close a test run that could not begin as failed", async () => {
    await repository.write({ "src/index.ts": "export const name: string = 1;" });
    const ended = await repository.run("test.mjs");
    expect(ended.code).toBe(1);
    expect(ended.stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
  });
});
