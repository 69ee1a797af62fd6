/** What users install: the right files, the right types, nothing loaded that they did not ask for. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Packed, pack, type Ran, root, run } from "./packed.js";

/** K3: everything that may be published. */
const ALLOWED = [/^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/, /^dist\/[\w./-]+\.(js|js\.map|d\.ts|css)$/];
const NEEDED = ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts"];

/** Uses the package the way a first program would, whatever `load` is. */
const firstProgram = (load: string): string => `
${load}
(async () => {
  const tidy = defineJob({ kind: "tidy" });
  const waymark = await openWaymark({ store: "memory:" });
  const ref = await waymark.enqueue(tidy, { room: "kitchen" });
  console.log((await waymark.tracker.getStatus(ref.jobId)).status);
  await waymark.close();
})();
`;

describe("the package", () => {
  let packed: Packed;
  beforeAll(async () => {
    packed = await pack();
  }, 120_000);
  afterAll(() => packed?.remove());

  const use = async (file: string, source: string): Promise<Ran> => {
    await writeFile(path.join(packed.bare, file), source);
    return run(process.execPath, [file], packed.bare);
  };

  it("K3 holds the files of the allow-list and no others", () => {
    const names = packed.files.map((file) => file.path);
    expect(names.filter((name) => !ALLOWED.some((allowed) => allowed.test(name)))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(NEEDED));
  });

  it("names no folder of the machine it was built on", async () => {
    for (const { path: name } of packed.files) {
      const text = await readFile(path.join(packed.home, "node_modules/waymark", name), "utf8");
      expect(text.includes(root), name).toBe(false);
    }
  });

  it("K1 works without any other package, from an ES module", async () => {
    const load = 'import { defineJob, openWaymark } from "waymark";';
    expect(await use("first.mjs", firstProgram(load))).toMatchObject({ code: 0, stdout: "pending\n" });
  });

  it("works with require(), so nothing in it awaits at the top level", async () => {
    const load = 'const { defineJob, openWaymark } = require("waymark");';
    expect(await use("first.cjs", firstProgram(load))).toMatchObject({ code: 0, stdout: "pending\n" });
  });

  it("lets the process end by itself once it is loaded", async () => {
    expect(await use("idle.mjs", 'import "waymark";')).toMatchObject({ code: 0, stdout: "" });
  });

  it("says which driver is missing, instead of failing to load", async () => {
    const source = `import { openWaymark } from "waymark";
      await openWaymark({ store: "postgres://localhost:1/none" }).catch((error) => console.log(error.code));`;
    expect(await use("missing.mjs", source)).toMatchObject({ code: 0, stdout: "driver_missing\n" });
  });

  it("brings a command that answers --help", async () => {
    const ran = await run(path.join(packed.home, "node_modules/.bin/waymark"), ["--help"], packed.home);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toMatch(/waymark/);
  });

  it("pleases publint", async () => {
    const tarball = await readFile(packed.tarball);
    const { messages, pkg } = await publint({ strict: true, pack: { tarball: new Uint8Array(tarball).buffer } });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("resolves with types for every way an ES module is imported (attw)", async () => {
    const attw = path.join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    // A style sheet has no types to resolve.
    const options = ["--profile", "esm-only", "--no-color", "--exclude-entrypoints", "styles.css"];
    const ran = await run(process.execPath, [attw, packed.tarball, ...options], packed.home);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });
});
