/** `waymark why ID`: why a job is where it is. */
import type { Explanation } from "../../explain.js";
import type { Command, Context } from "../command.js";
import { EXIT } from "../errors.js";
import { absence, idArgument } from "../find-job.js";
import type { Piece, Screen } from "../screen.js";
import { harmless, padEnd, wrap } from "../text.js";

export const why: Command = {
  name: "why",
  summary: "explain why a job is where it is",
  args: ["ID"],
  about:
    "Says in one sentence why a job has not started, what it is at, or how it ended; then what was checked, with a clock at the check that decides and a cross at others that would hold it too; then what happened so far.",
  options: {},
  run: async (context) => {
    const jobId = idArgument(context);
    const waymark = await context.open();
    const told = await waymark.tracker.explain(jobId);
    if (told === null) throw await absence(waymark, jobId, context);
    if (context.json) await context.screen.json({ jobId, ...told });
    else await print(context, told);
    return EXIT.ok;
  },
};

async function print({ screen }: Context, { summary, checks, story }: Explanation): Promise<void> {
  await screen.paragraph(summary, "strong");
  await screen.line();
  const widest = Math.max(0, ...checks.map(({ what }) => what.length));
  for (const { what, ok, holds, detail } of checks) {
    const name: Piece = { text: `${padEnd(what, widest)}  `, style: holds ? "strong" : "quiet" };
    await hanging(screen, [signOf(ok, holds), " ", name], widest + 4, detail);
  }
  if (checks.length > 0) await screen.line();
  for (const line of story) {
    const indent = line.indexOf("  ") + 2;
    await hanging(screen, [{ text: line.slice(0, indent), style: "quiet" }], indent, line.slice(indent));
  }
}

function signOf(ok: boolean, holds: boolean): Piece {
  if (ok) return { text: "✔", style: "green" };
  return { text: holds ? "◷" : "×", style: "ochre" };
}

/** A text beside its head; its further lines stand below the text. */
async function hanging(screen: Screen, head: readonly Piece[], indent: number, text: string): Promise<void> {
  const [first = "", ...more] = wrap(harmless(text), Math.max(20, screen.width - indent));
  await screen.line(...head, first);
  for (const line of more) await screen.line(" ".repeat(indent), line);
}
