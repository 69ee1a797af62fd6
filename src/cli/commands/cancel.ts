/** `waymark cancel ID`: ends a job that has not ended. */
import { randomUUID } from "node:crypto";
import type { ControlResult } from "../../control.js";
import type { Command } from "../command.js";
import { EXIT } from "../errors.js";
import { idArgument } from "../find-job.js";

export const cancel: Command = {
  name: "cancel",
  summary: "cancel a job",
  args: ["ID"],
  about:
    "Cancels a job that waits, or asks the handler of a running one to stop. With --force a running job is cancelled at once, and what its handler still writes is refused.",
  options: {
    force: { type: "boolean", about: "do not wait for the running handler" },
    reason: { type: "string", value: "TEXT", about: "why, for the trail" },
    actor: { type: "string", value: "NAME", about: "who asks, for the trail (default: the user of this computer)" },
  },
  run: async (context) => {
    const jobId = idArgument(context);
    const waymark = await context.open();
    const reason = context.text("reason");
    const result = await waymark.cancel(jobId, {
      actor: context.text("actor") ?? context.user,
      force: context.flag("force"),
      requestKey: randomUUID(),
      ...(reason === undefined ? {} : { reason }),
    });
    if (context.json) await context.screen.json(result);
    else await context.screen.paragraph(sentence(result));
    return EXIT.ok;
  },
};

function sentence({ status, requested, replayed }: ControlResult): string {
  if (replayed) return status === "cancelled" ? "It was cancelled before." : "It was asked to stop before.";
  if (requested)
    return "Its handler was asked to stop. It stops at the next safe point; nearly done, it may still finish.";
  return "Cancelled.";
}
