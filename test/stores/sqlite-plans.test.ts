/** How SQLite means to run the statements: none of the busy ones walks through all jobs, whatever the file holds. */
import { describe, expect, it } from "vitest";
import * as claim from "../../src/stores/sqlite/sql/claim.js";
import * as control from "../../src/stores/sqlite/sql/control.js";
import * as enqueue from "../../src/stores/sqlite/sql/enqueue.js";
import * as hold from "../../src/stores/sqlite/sql/hold.js";
import * as keys from "../../src/stores/sqlite/sql/keys.js";
import * as lanes from "../../src/stores/sqlite/sql/lanes.js";
import * as list from "../../src/stores/sqlite/sql/list.js";
import * as purge from "../../src/stores/sqlite/sql/purge.js";
import * as settle from "../../src/stores/sqlite/sql/settle.js";
import * as sweep from "../../src/stores/sqlite/sql/sweep.js";
import * as waiting from "../../src/stores/sqlite/sql/waiting.js";
import { newJob, newPath, openWithConnection } from "./sqlite-tools.js";

const sql = {
  ...claim,
  ...control,
  ...enqueue,
  ...hold,
  ...keys,
  ...lanes,
  ...list,
  ...purge,
  ...settle,
  ...sweep,
  ...waiting,
};

/** Statements that run often, or on request of a user, and must cost the same in a large file. */
const FLAT = [
  "INSERT_JOB",
  "HOLDER_OF_IDEMPOTENCY_KEY",
  "HOLDER_OF_UNIQUE_KEY",
  "FREE_SLOTS",
  "PARKED_KEYS",
  "UNPARK",
  "NEXT_KEYED_LANE",
  "LANES_TO_CLAIM",
  "BRING_DUE_INTO_LINE",
  "NEXT_RUN_AT",
  "HEAD_OF_LANE",
  "HEAD_AS_THEY_CAME",
  "CLAIM",
  "CLAIM_ONE",
  "FIRST_AS_THEY_CAME",
  "COUNT_FIRST_OF_LANE",
  "EXTEND",
  "REPORT",
  "COMPLETE_PLAINLY",
  "COMPLETE_ALL_PLAINLY",
  "KEYS_OF_JOBS",
  "INSERT_50_JOBS",
  "INSERT_50_PLAIN_JOBS",
  "INSERT_USUAL_JOB",
  "END_OF_LANE",
  "NEXT_NUMBER",
  "PASS_NUMBERS",
  "TOMBSTONE_BETWEEN",
  "END_ATTEMPT",
  "LEASES_OVER",
  "OUT_OF_TIME",
  "OLDER_THAN",
  "BEYOND_KEPT",
  "BURY",
  "DELETE_JOBS",
  "DELETE_EVENTS",
  "DELETE_LOGS",
  "DELETE_CALLBACKS",
  "AHEAD",
  "FRONT_AS_THEY_CAME",
  "FRONT_IN_LINE",
  "FRONT_DUE",
  "FRONT_PARKED",
  "HOLDERS_OF_KEY",
  "LIST",
  "LIST_OF_OWNER",
  "LIST_UNHAPPY",
  "LIST_RUNNING",
  "LIST_WAITING",
  "WAITING_UP_TO",
  "COUNT_ALL_BUT_COMPLETED",
] as const satisfies readonly (keyof typeof sql)[];
/** What is few whatever the file holds may be sorted. */
const SORTED: ReadonlySet<string> = new Set(["HOLDERS_OF_KEY", "LIST_RUNNING", "LIST_WAITING"]);
const STATEMENTS = sql as unknown as Readonly<Record<string, string>>;

async function plans(): Promise<(statement: string) => string[]> {
  const { store, database } = await openWithConnection(newPath());
  await store.enqueue([newJob()]);
  return (statement) => {
    const rows = database.prepare(`explain query plan ${statement.replace(/:[a-z]\w*/gi, "?")}`).all();
    return (rows as { detail: string }[]).map(({ detail }) => detail);
  };
}

describe("the plans of the SQLite store", () => {
  it("never scan the jobs", async () => {
    const plan = await plans();
    for (const name of FLAT) {
      const steps = plan(STATEMENTS[name]!);
      expect(
        steps.filter((step) =>
          /^SCAN (waymark_jobs|j|last)\b(?! USING (COVERING INDEX|INDEX waymark_jobs_unhappy))/.test(step),
        ),
        name,
      ).toEqual([]);
      expect(
        steps.filter((step) => step.includes("AUTOMATIC")),
        name,
      ).toEqual([]);
      // An index in the order asked for; sorting among equals is all that is left to do.
      const sorts = steps.filter((step) => step === "USE TEMP B-TREE FOR ORDER BY");
      expect(sorts, name).toHaveLength(SORTED.has(name) ? 1 : 0);
    }
  });

  it("claim from the index of the lane, in its order", async () => {
    const plan = await plans();
    expect(plan(sql.HEAD_OF_LANE)).toEqual(["SEARCH waymark_jobs USING INDEX waymark_jobs_line (queue=? AND kind=?)"]);
    const asTheyCame = "SEARCH waymark_jobs USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
    expect(plan(sql.HEAD_AS_THEY_CAME)[0]).toBe(asTheyCame);
    expect(plan(sql.CLAIM)[0]).toBe("SEARCH waymark_jobs USING INTEGER PRIMARY KEY (rowid=?)");
  });
});
