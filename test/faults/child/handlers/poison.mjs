/** Jobs that take their process with them, each in its own way. */
import { defineJob } from "waymark";

const ways = {
  abort: () => process.abort(),
  exit: () => process.exit(0),
  memory: async () => {
    const kept = [];
    for (;;) {
      kept.push(new Array(100_000).fill(kept.length));
      await Promise.resolve();
    }
  },
  microtasks: async () => {
    for (;;) await Promise.resolve();
  },
};

export const handlers = ({ note }) =>
  Object.entries(ways).map(([name, way]) =>
    defineJob({ kind: `poison-${name}`, maxAttempts: 10, timeout: "1s" }).handle(
      async (_input, { jobId, fence, attempt }) => {
        note("begin", { jobId, fence, attempt });
        await way();
      },
    ),
  );
