/**
 * A worker of one queue: `node worker.mjs FOLDER URL QUEUE first|second`. The first one's job waits until its process was
 * frozen and woke again; the second one's takes its time. Both tell what they begin and end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { queues } from "./queues.mjs";

const [folder, url, name, role] = process.argv.slice(2);
const FROZEN_MS = 1_000;
const SECOND_TAKES_MS = 3_000;
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const nap = async () => {
  // Before it tells: the freeze may come right after.
  let last = Date.now();
  tell({ began: role });
  if (role === "first") {
    while (Date.now() - last < FROZEN_MS) {
      last = Date.now();
      await sleep(20);
    }
  } else {
    await sleep(SECOND_TAKES_MS);
  }
  tell({ ended: role });
  return { by: role };
};
const nul = async () => {
  tell({ began: "nul" });
  throw new Error("before\u0000after");
};

// Only told: what it does to the process stays as it is.
process.on("uncaughtExceptionMonitor", (error) => tell({ unhandled: String(error?.message ?? error) }));
await (await queues(folder, url))[name].work({ nap, nul });
tell({ ready: role });
