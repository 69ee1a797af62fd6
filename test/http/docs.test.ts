/** docs/http.md is true: its program runs, its commands answer what stands below them, its tables are those of the code. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERRORS } from "../../src/core/errors.js";
import type { HttpApi } from "../../src/http/index.js";
import type { Waymark } from "../../src/index.js";
import { openWorld, story } from "./world.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = readFileSync(join(root, "docs/http.md"), "utf8");
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(([, block]) => block!);
/** Cells of the table rows whose first cell begins with a back quote. */
const rows = (heading: string): string[][] =>
  text
    .split(`\n## ${heading}\n`)[1]!
    .split("\n## ")[0]!
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );

interface Started {
  readonly waymark: Waymark;
  readonly api: HttpApi;
  readonly server: Server;
}

const run = promisify(execFile);
const hasCurl = await run("curl", ["--version"]).then(
  () => true,
  () => false,
);

describe("docs/http.md", () => {
  const folder = mkdtempSync(join(root, ".cache-readme-http-"));
  let started: Started;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const [program] = blocks("ts");
    writeFileSync(
      join(folder, "program.ts"),
      `${program!.replace("4400", String(port))}\nexport { api, server, waymark };\n`,
    );
    started = (await import(join(folder, "program.ts"))) as Started;
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    started.api.close();
    started.server.closeAllConnections();
    started.server.close();
    await started.waymark.close();
  });

  it.skipIf(!hasCurl)("every curl command answers what stands below it", { timeout: 60_000 }, async () => {
    const script: string[] = ["exec 2>&1"];
    const expected: string[] = [];
    for (const line of blocks("sh").join("\n").replaceAll("4400", String(port)).split("\n")) {
      if (line.startsWith("#=")) {
        expected.push(line.slice(3));
        script.push(`echo; echo "===="`);
      } else if (line !== "" && !line.startsWith("# ")) script.push(line);
    }
    const { stdout } = await run("bash", ["-c", script.join("\n")], { timeout: 50_000 });
    const answers = stdout.split("\n====\n");
    expect(expected.length).toBeGreaterThan(15);
    expect(answers).toHaveLength(expected.length + 1);
    expected.forEach((line, i) => {
      let rest = answers[i]!.replaceAll("\r", "");
      for (const part of line.split(" … ")) {
        expect(rest, `${line}\n${answers[i]}`).toContain(part);
        rest = rest.slice(rest.indexOf(part) + part.length);
      }
    });
  });

  it("the table of routes is that of the API", async () => {
    const services = { analysis: { secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] } };
    const world = await openWorld({ enqueue: [story], work: [story] }, { services });
    const documented = rows("Routes").filter(([route]) => /^[A-Z]+ \//.test(route!));
    const real = world.api.routes.map(({ method, path, access, acts }) => [
      `${method} ${path}`,
      access,
      acts ? "yes" : "",
    ]);
    expect(documented.map((row) => row.join(" ")).sort()).toEqual(real.map((row) => row.join(" ")).sort());
    await world.close();
  });

  it("the table of problems has real codes with their HTTP status", () => {
    const documented = rows("Problems").map(([code, status]) => [code, Number(status)]);
    expect(documented).toEqual(documented.map(([code]) => [code, ERRORS[code as keyof typeof ERRORS]?.httpStatus]));
    expect(documented.length).toBeGreaterThan(25);
  });

  it("has every option of createHttpApi", () => {
    const source = readFileSync(join(root, "src/http/api.ts"), "utf8").split("export interface HttpApiOptions {")[1]!;
    const options = [...source.split("\n}")[0]!.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name!);
    const documented = rows("Options").flatMap(([names]) => names!.split(", "));
    expect(documented.sort()).toEqual(options.sort());
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
