/** `waymark pause QUEUE`. */
import type { Command } from "../command.js";
import { EXIT } from "../errors.js";

export const pause: Command = {
  name: "pause",
  summary: "pause a queue",
  args: ["QUEUE"],
  about: "Pauses a queue, everywhere. What runs goes on; what waits keeps its place until the queue is resumed.",
  options: {
    actor: { type: "string", value: "NAME", about: "who asks (default: the user of this computer)" },
  },
  run: async (context) => {
    const queue = context.args[0]!;
    const waymark = await context.open();
    await waymark.pauseQueue(queue, { actor: context.text("actor") ?? context.user });
    if (context.json) await context.screen.json({ queue, paused: true });
    else await context.screen.line(`Queue ${queue} is paused. What runs goes on; what waits keeps its place.`);
    return EXIT.ok;
  },
};
