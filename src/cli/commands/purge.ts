/** `waymark purge`: removes finished jobs; tombstones stay. */
import { type Duration, toMs } from "../../core/duration.js";
import { TERMINAL_STATUSES, type TerminalStatus } from "../../core/lifecycle.js";
import { isTerminal } from "../../core/status-info.js";
import { countText } from "../../explain/wording.js";
import type { Waymark } from "../../waymark.js";
import type { Command } from "../command.js";
import { EXIT, usageError } from "../errors.js";

/** Jobs of one statement: small enough to hold no lock for long. */
const BATCH = 200;

export const purge: Command = {
  name: "purge",
  summary: "remove jobs that ended long ago",
  args: [],
  about:
    "Removes jobs that ended longer ago than --older-than, oldest first. Of each a tombstone stays, so that an old link still answers what became of it. Jobs that have not ended are never removed.",
  options: {
    "older-than": { type: "string", value: "DURATION", about: "such as 12h or 30d (default 7d)" },
    status: {
      type: "string",
      multiple: true,
      value: "STATUS",
      about: "completed, failed, cancelled or expired; several with commas (default: all of them)",
    },
    tombstones: { type: "string", value: "DURATION", about: "forget tombstones older than this (default 30d)" },
    "dry-run": { type: "boolean", about: "only count what would be removed" },
    actor: { type: "string", value: "NAME", about: "who asks (default: the user of this computer)" },
  },
  run: async (context) => {
    const { screen, json } = context;
    const olderThanMs = toMs((context.text("older-than") ?? "7d") as Duration, "--older-than");
    const tombstoneMs = toMs((context.text("tombstones") ?? "30d") as Duration, "--tombstones");
    const statuses = checked(context.texts("status"));
    const actor = context.text("actor") ?? context.user;
    const waymark = await context.open();
    if (context.flag("dry-run")) {
      const wouldRemove = await count(waymark, statuses, context.clock.now() - olderThanMs);
      if (json) await screen.json({ wouldRemove });
      else await screen.line(`${countText(wouldRemove, "job")} would be removed.`);
      return EXIT.ok;
    }
    const stop = context.stopSignal();
    const rules = statuses.map((status) => ({ status, olderThanMs, keep: null }));
    let removed = 0;
    for (let gone = BATCH; gone === BATCH && !stop.aborted; removed += gone) {
      gone = (await waymark.store.purge({ rules, tombstoneMs, limit: BATCH, actor })).length;
    }
    if (json) await screen.json({ removed });
    else await screen.line(removed === 0 ? "No job is that old." : `${countText(removed, "job")} removed.`);
    return EXIT.ok;
  },
};

function checked(given: readonly string[]): readonly TerminalStatus[] {
  const unknown = given.find((status) => !(TERMINAL_STATUSES as readonly string[]).includes(status));
  if (unknown === undefined) return given.length === 0 ? TERMINAL_STATUSES : (given as TerminalStatus[]);
  throw usageError(`Only ended jobs can be removed: --status takes ${TERMINAL_STATUSES.join(", ")}, not ${unknown}.`);
}

async function count(waymark: Waymark, status: readonly TerminalStatus[], before: number): Promise<number> {
  let counted = 0;
  let cursor: string | null = null;
  do {
    const page = await waymark.tracker.list({ status, limit: 200, ...(cursor === null ? {} : { cursor }) });
    counted += page.jobs.filter((info) => isTerminal(info) && info.finishedAt.getTime() < before).length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return counted;
}
