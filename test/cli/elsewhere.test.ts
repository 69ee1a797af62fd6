/** The command line away from the repository and from SQLite: an installed package, and PostgreSQL. */
import { cp, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineJob, openWaymark } from "waymark";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";
import { build, json, MAIN, start } from "./cli.js";

beforeAll(build);

it("K1 what a build makes runs by its own name, as npx calls it in a clone", async () => {
  const { mode } = await stat(MAIN);
  expect((mode & 0o777).toString(8)).toBe("755");
});

describe("an installed package", () => {
  it("K1 needs no other package for its help, and says kindly where the demo is", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "waymark-alone-"));
    try {
      const dist = path.dirname(path.dirname(MAIN));
      await cp(dist, path.join(home, "dist"), { recursive: true });
      await cp(path.join(dist, "../package.json"), path.join(home, "package.json"));
      const main = path.join(home, "dist/cli/main.js");
      expect(await start([main, "help", "why"], home).ended).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Usage: waymark why ID/),
      });
      expect(await start([main, "start"], home).ended).toEqual({
        code: 5,
        stdout: "",
        stderr:
          "waymark: The demo lives in the repository, not in the installed package. Clone the repository and run: npm start\n",
      });
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});

describe("PostgreSQL", () => {
  afterAll(dropSchemas);

  it("is looked at and acted upon like SQLite, in a schema of one's own, which a look never makes", async () => {
    const schema = schemaName();
    const named = ["--store", postgresUrl(), "--schema", schema];
    const run = (...words: string[]) => start([MAIN, ...words, ...named], tmpdir()).ended;
    expect(json(await run("list", "--json"))).toMatchObject({ error: { code: "schema_outdated" } });
    expect(json(await run("migrate", "--json"))).toEqual({ changed: true });
    expect(json(await run("migrate", "--json"))).toEqual({ changed: false });
    await using waymark = await openWaymark({ store: postgresUrl(), storeOptions: { schema } });
    const { jobId } = await waymark.enqueue(defineJob({ kind: "send-mail" }), 1);
    expect((await run("status", jobId)).stdout).toMatch(/^○ Waiting to be picked up\n/);
    expect((await run("why", jobId)).stdout).toMatch(/^No live worker takes send-mail\./);
    expect(await run("cancel", jobId)).toMatchObject({ code: 0, stdout: "Cancelled.\n" });
    expect(await run("verify")).toMatchObject({ code: 0, stdout: "✔ 1 job checked: every invariant holds.\n" });
  });
});
