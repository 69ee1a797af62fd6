/** `waymark resume QUEUE`. */
import type { Command } from "../command.js";
import { EXIT } from "../errors.js";

export const resume: Command = {
  name: "resume",
  summary: "end the pause of a queue",
  args: ["QUEUE"],
  about: "Ends the pause of a queue.",
  options: {
    actor: { type: "string", value: "NAME", about: "who asks (default: the user of this computer)" },
  },
  run: async (context) => {
    const queue = context.args[0]!;
    const waymark = await context.open();
    await waymark.resumeQueue(queue, { actor: context.text("actor") ?? context.user });
    if (context.json) await context.screen.json({ queue, paused: false });
    else await context.screen.line(`Queue ${queue} is open.`);
    return EXIT.ok;
  },
};
