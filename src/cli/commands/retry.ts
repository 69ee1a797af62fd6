/** `waymark retry ID`: has an ended job tried again, under the same id. */
import { randomUUID } from "node:crypto";
import type { Command } from "../command.js";
import { EXIT } from "../errors.js";
import { idArgument } from "../find-job.js";

export const retry: Command = {
  name: "retry",
  summary: "try an ended job again",
  args: ["ID"],
  about:
    "Has a failed, cancelled or expired job tried again under the same id. It asks as an operator: the limits that hold for owners do not.",
  options: {
    actor: { type: "string", value: "NAME", about: "who asks, for the trail (default: the user of this computer)" },
    "request-key": {
      type: "string",
      value: "KEY",
      about: "the same key again is the same retry, for scripts that may run twice (default: a new one)",
    },
  },
  run: async (context) => {
    const jobId = idArgument(context);
    const waymark = await context.open();
    const result = await waymark.retry(jobId, {
      actor: context.text("actor") ?? context.user,
      requestKey: context.text("request-key") ?? randomUUID(),
    });
    if (context.json) await context.screen.json(result);
    else if (result.replayed) await context.screen.line(`That retry was asked before; the job is ${result.status}.`);
    else {
      await context.screen.line("It will be tried again. To follow it:");
      await context.screen.line(`  waymark status ${jobId} --watch`);
    }
    return EXIT.ok;
  },
};
