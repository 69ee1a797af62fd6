/** Wrong words, stores that are not there, and text that means harm: a sentence and an exit code, never a stack trace. */
import { existsSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { defineJob } from "waymark";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { attempt, build, json, MAIN, Place, start } from "./cli.js";

const mail = defineJob({ kind: "send-mail" });
/** Anything a terminal obeys, but the ends of our own lines. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const NASTY = "red\u001b[31m\u009b2J\u0007\r\n\u202efoot";

let place: Place;
beforeAll(build);
beforeEach(async () => {
  place = await Place.make();
});
afterEach(() => place.remove());

describe("wrong usage ends with 2 and a sentence", () => {
  it.each([
    [["stauts"], "There is no command stauts. Did you mean status?"],
    [["frobnicate"], "There is no command frobnicate. See: waymark --help"],
    [["list", "--stats", "x"], "waymark list has no option --stats. Did you mean --status?"],
    [["list", "--limit"], "The option --limit needs a value. See: waymark list --help"],
    [["list", "--limit", "many"], '--limit is a whole number from 1, not "many".'],
    [["list", "--json=yes"], "The option --json takes no value."],
    [["status"], "waymark status needs ID. See: waymark status --help"],
    [["status", "1", "2"], 'waymark status has no use for "2". See: waymark status --help'],
    [["status", "abc"], '"abc" is not a job id. Job ids are UUIDs, as enqueue returned them.'],
    [["--json", "list"], "Give the command first: waymark COMMAND [options]. See: waymark --help"],
    [["list", "--store", "memory:"], 'The store "memory:" lives inside one process'],
    [["list", "--store", "mysql://u:secret@h/d"], '"mysql://…@h/d" is not a store.'],
  ])("%j", async (words, sentence) => {
    const { code, stdout, stderr } = await place.run(...words);
    const said = stdout === "" ? stderr : json<{ error: { message: string } }>({ code, stdout, stderr }).error.message;
    expect(said).toContain(sentence);
    expect(said).not.toMatch(/\n\s+at |secret/);
    expect(code).toBe(2);
  });

  it("with --json the error is a JSON document", async () => {
    const ran = await place.run("list", "--limit", "0", "--json");
    expect(ran).toMatchObject({ code: 2, stderr: "" });
    expect(json(ran)).toEqual({ error: { code: "usage", message: '--limit is a whole number from 1, not "0".' } });
  });

  it("no command at all prints the help", async () => {
    const ran = await place.run();
    expect(ran.code).toBe(2);
    for (const { name, summary } of COMMANDS)
      expect(ran.stdout).toMatch(new RegExp(`  ${name} +${summary.split("(")[0]}`));
    expect((await place.run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("stores that are not there", () => {
  it("says how to name a store when none is named", async () => {
    const ran = await start([MAIN, "list"], path.dirname(place.folder)).ended;
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("set WAYMARK_STORE") });
  });

  it("a look never makes a database", async () => {
    const ran = await place.run("list", "--store", "sqlite:else/where.db");
    expect(ran).toMatchObject({
      code: 5,
      stdout: "",
      stderr: expect.stringContaining("There is no database at else/where.db."),
    });
    expect(existsSync(path.join(place.folder, "else"))).toBe(false);
  });

  it("takes the store from WAYMARK_STORE, and --store wins", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    const env = { WAYMARK_STORE: `sqlite:${place.folder}/data/waymark.db` };
    const elsewhere = path.dirname(place.folder);
    expect((await start([MAIN, "list"], elsewhere, env).ended).stdout).toContain(jobId);
    expect(await start([MAIN, "list", "--store", "sqlite:none.db"], elsewhere, env).ended).toMatchObject({ code: 5 });
  });

  it("a database that does not answer is trouble, 5, without a stack trace unless WAYMARK_DEBUG asks", async () => {
    const words = [MAIN, "list", "--store", "postgres://127.0.0.1:1/none"];
    const ran = await start(words, place.folder).ended;
    expect(ran).toMatchObject({ code: 5, stdout: "" });
    expect(ran.stderr).toMatch(/^waymark: [^\n]*\n$/);
    expect((await start(words, place.folder, { WAYMARK_DEBUG: "1" }).ended).stderr).toMatch(/\n\s+at /);
  });
});

describe("U6 text from the data is never obeyed by a terminal", () => {
  it.each([["status"], ["status", "--json"], ["why"], ["why", "--json"], ["list"], ["list", "--json"], ["export"]])(
    "%s %s",
    async (command, ...more) => {
      const { jobId } = await place.waymark.enqueue(mail, 1, { owner: NASTY, metadata: { [NASTY]: NASTY } });
      await attempt(place.waymark, "send-mail", { code: "bad", message: NASTY });
      await place.waymark.retry(jobId, { actor: NASTY });
      await place.waymark.cancel(jobId, { actor: NASTY, reason: NASTY });
      await place.waymark.enqueue(mail, 2);
      await attempt(place.waymark, "send-mail", { code: NASTY, message: NASTY });
      const ids = command === "list" || command === "export" ? [] : [jobId];
      const { stdout, stderr } = await place.run(command, ...ids, ...more);
      expect(stdout).toContain("red");
      expect(stdout + stderr).not.toMatch(OBEYED);
    },
  );

  it("words of the command line are not either", async () => {
    const { stderr } = await place.run("list", `--${NASTY}`);
    expect(stderr).toContain("has no option");
    expect(stderr).not.toMatch(OBEYED);
  });

  it("our own colours are there when asked for, and not with NO_COLOR", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1, { owner: NASTY });
    const colored = await start([MAIN, "status", jobId], place.folder, { FORCE_COLOR: "1" }).ended;
    expect(colored.stdout).toContain("\u001b[1mWaiting to be picked up\u001b[22m");
    expect(colored.stdout).not.toContain("\u001b[31m");
    const plain = await start([MAIN, "status", jobId], place.folder, { FORCE_COLOR: "1", NO_COLOR: "1" }).ended;
    expect(plain.stdout).not.toMatch(OBEYED);
  });
});

it("a reader that leaves early is no error: waymark list | head", async () => {
  await place.waymark.enqueueMany(
    mail,
    Array.from({ length: 200 }, (_, i) => i),
    { metadata: { text: "x".repeat(2_000) } },
  );
  for (const words of [["list", "--json", "--limit", "200"], ["export"]]) {
    const running = place.start(...words);
    running.child.stdout!.destroy();
    expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
  }
});
