/**
 * `npm run faults`: real processes, real servers and real disks, harmed on a schedule that a seed replays. Ends with 1 when
 * a promise was broken; a figure that missed its goal is marked and, with --full, counts as broken too.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Asked, readArguments, USAGE } from "./kit/arguments.js";
import { type PostgresServer, startPostgresServer } from "./kit/postgres-server.js";
import { describe, type Outcome } from "./kit/report.js";
import type { Scenario, StoreName } from "./kit/scenario.js";
import { type Reported, renewed } from "./kit/table.js";
import { Trial } from "./kit/trial.js";
import { SCENARIOS } from "./scenarios/index.js";

const STORES: readonly StoreName[] = ["sqlite", "postgres"];
const TABLE = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));
const tell = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(argv: readonly string[]): Promise<number> {
  let asked: Asked;
  try {
    asked = readArguments(argv, Date.now() % 1_000_000);
  } catch (error) {
    tell(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (asked.list) {
    for (const { name, stores, title } of SCENARIOS)
      tell(`${name.padEnd(20)} ${stores.join(", ").padEnd(18)} ${title}`);
    return 0;
  }
  if (asked.table !== null) {
    const reported = readFileSync(asked.table, "utf8").trim().split("\n");
    const outcomes = reported.map((line) => JSON.parse(line) as Reported);
    writeFileSync(TABLE, renewed(readFileSync(TABLE, "utf8"), outcomes));
    return 0;
  }
  const runs = chosen(asked);
  if (runs.length === 0) {
    tell(`No such scenario. Known are: ${SCENARIOS.map(({ name }) => name).join(", ")}.`);
    return 2;
  }
  tell(`faults: ${asked.size} set, seed ${asked.seed}`);
  const folder = mkdtempSync(join(tmpdir(), "waymark-faults-"));
  const server = runs.some(({ store }) => store === "postgres") ? await startPostgresServer() : null;
  const outcomes: Outcome[] = [];
  // The server is a process group of its own; the workers end by themselves when their parent is gone.
  const giveUp = (): void => void Promise.resolve(server?.stop()).finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, giveUp);
  try {
    for (const { scenario, store } of runs) {
      const outcome = await tried(scenario, store, { ...asked, folder, server: store === "postgres" ? server : null });
      outcomes.push(outcome);
      tell(describe(outcome, asked.seed, asked.size));
      if (asked.report !== null) appendFileSync(asked.report, `${reportLine(outcome, asked)}\n`);
    }
  } finally {
    await server?.stop();
    if (outcomes.every(({ violations }) => violations.length === 0)) rmSync(folder, { recursive: true, force: true });
  }
  return verdict(outcomes, asked);
}

function chosen({ only, store, size }: Asked): { scenario: Scenario; store: StoreName }[] {
  return SCENARIOS.filter(({ name, inCi }) => (only === null ? size !== "ci" || inCi : only.includes(name))).flatMap(
    (scenario) =>
      STORES.filter((one) => scenario.stores.includes(one) && (store === null || store === one)).map((one) => ({
        scenario,
        store: one,
      })),
  );
}

async function tried(
  scenario: Scenario,
  store: StoreName,
  { size, seed, folder, server }: Pick<Asked, "size" | "seed"> & { folder: string; server: PostgresServer | null },
): Promise<Outcome> {
  const startedAt = performance.now();
  const trial = new Trial({ scenario: scenario.name, store, size, seed, folder, server });
  try {
    await scenario.run(trial);
  } catch (error) {
    trial.violated("ran to its end", String((error as Error).stack ?? error));
  } finally {
    await trial.end();
  }
  const { figures, violations, timelines } = trial;
  const seconds = (performance.now() - startedAt) / 1_000;
  const { name, title } = scenario;
  return { scenario: name, title, store, seconds, figures, violations, timelines, folder: trial.folder };
}

function reportLine(outcome: Outcome, { seed, size }: Asked): string {
  const { scenario, title, store, seconds, figures, violations } = outcome;
  const at = new Date().toISOString();
  return JSON.stringify({ at, scenario, title, store, size, seed, seconds, figures, violations });
}

function verdict(outcomes: readonly Outcome[], { seed, size }: Asked): number {
  const broken = outcomes.filter(({ violations }) => violations.length > 0).length;
  const missed = outcomes.flatMap(({ figures }) => figures).filter(({ reached }) => !reached).length;
  tell(`\nfaults: ${outcomes.length} trials, ${broken} with a broken promise, ${missed} goals missed; seed ${seed}`);
  return broken > 0 || (size === "full" && missed > 0) ? 1 : 0;
}

void main(process.argv.slice(2)).then((code) => {
  // Whatever a fault left hanging must not keep the run alive.
  process.exit(code);
});
