/** A vitest reporter that leaves the tally of the run in the file named by WAYMARK_TALLY, for scripts/test.mjs. */
import { writeFileSync } from "node:fs";
import { tallyOf } from "./tally.mjs";

export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.WAYMARK_TALLY;
    if (file) writeFileSync(file, JSON.stringify(tallyOf(modules, unhandledErrors)));
  }
}
