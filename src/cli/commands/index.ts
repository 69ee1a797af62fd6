/** The table of commands, in the order of the help. */
import type { Command } from "../command.js";
import { cancel } from "./cancel.js";
import { doctor } from "./doctor.js";
import { exportJobs } from "./export.js";
import { list } from "./list.js";
import { migrate } from "./migrate.js";
import { pause } from "./pause.js";
import { purge } from "./purge.js";
import { resume } from "./resume.js";
import { retry } from "./retry.js";
import { start } from "./start.js";
import { status } from "./status.js";
import { verify } from "./verify.js";
import { why } from "./why.js";
import { work } from "./work.js";

export const COMMANDS: readonly Command[] = [
  start,
  work,
  status,
  why,
  list,
  retry,
  cancel,
  pause,
  resume,
  purge,
  migrate,
  verify,
  doctor,
  exportJobs,
];
