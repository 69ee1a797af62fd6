/** docs/cli.md says what the commands say: every help text, and every example run for real. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, describe as group, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { CLI_ERROR_CODES } from "../../src/cli/errors.js";
import { commonOptions, describe, overview } from "../../src/cli/help.js";
import { build } from "./cli.js";
import { makeScene } from "./scene.js";

const text = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"))].map((match) => match[1]!);
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

group("docs/cli.md", () => {
  it("has a chapter for every command, and no other", () => {
    const chapters = [...text.matchAll(/^## `waymark (\w+)/gm)].map((match) => match[1]);
    expect(chapters).toEqual(COMMANDS.map(({ name }) => name));
  });

  it("repeats the help texts word for word", () => {
    expect(blocks("text")).toEqual([overview(COMMANDS), commonOptions(), ...COMMANDS.map(describe)]);
  });
});

it("docs/cli.md lists every error code that only the command line has", () => {
  for (const code of CLI_ERROR_CODES) expect(text).toContain(`\`${code}\``);
});

group("the examples of docs/cli.md", () => {
  beforeAll(build);

  it("print what they print", async () => {
    const place = await makeScene();
    try {
      const { jobs } = await place.waymark.tracker.list();
      const real = jobs.map(({ jobId }) => jobId).sort();
      const written = [...new Set(text.match(ID))].sort();
      const examples = blocks("console").map((block) => /^\$ waymark (.*)\n([^]*)$/.exec(block)!);
      expect(examples.map((example) => example[1]!.split(" ")[0])).toEqual(
        COMMANDS.map(({ name }) => name).filter((name) => name !== "start"),
      );
      expect(written).toHaveLength(real.length);
      const asReal = (words: string): string => words.replace(ID, (id) => real[written.indexOf(id)]!);
      for (const [, line, output] of examples) {
        const words = wordsOf(asReal(line!));
        const running = place.start(...words);
        if (words[0] === "work") {
          await running.until(/completed after .*\n/);
          running.child.kill("SIGTERM");
        }
        const { stdout, stderr } = await running.ended;
        expect(masked(stdout + stderr), line).toBe(masked(asReal(output!)));
      }
    } finally {
      await place.remove();
    }
  });
});

/** Words parted by spaces, with texts in quotes kept whole. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map((match) => match[1] ?? match[0]);
}

/** Without what is never twice the same: instants and durations. */
function masked(output: string): string {
  return output
    .replace(/(\d{1,2} \w{3} )?\d\d:\d\d:\d\d(\.\d{3})?/g, "<instant>")
    .replace(/\d+(\.\d+)? (ms|s|min)\b/g, "<span>");
}
