/** What a worker costs that has nothing to do: fifty kinds in fifty queues, after each has had a job. */
import { fileURLToPath } from "node:url";
import { startChild } from "../lib/child.mjs";
import { cpuSeconds } from "../lib/cpu.mjs";
import { now, sleep, until } from "../lib/measure.mjs";
import { openEmpty } from "../lib/queue.mjs";
import { CPU, STATEMENTS } from "./units.mjs";

export const name = "idle";
export const title = "Idle worker on 50 queues";
export const stores = ["postgres", "sqlite"];
export const figures = { statements: STATEMENTS, "CPU of the worker": CPU, "CPU of the server": CPU };

const IDLE = fileURLToPath(new URL("../workers/idle.mjs", import.meta.url));

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  await waymark.close();
  await place.countStatements?.();
  let handled = 0;
  const child = await startChild(
    IDLE,
    { options: place.options, queues: sizes.queues },
    { onMessage: (message) => (handled = message.handled) },
  );
  try {
    child.send("go");
    await until(() => handled === sizes.queues, { what: "a job of every queue" });
    await sleep(sizes.settleMs);
    const server = (await place.serverPid?.()) ?? null;
    const look = async () => ({
      at: now(),
      statements: await place.statements(),
      worker: cpuSeconds(child.pid),
      server: cpuSeconds(server),
    });
    const before = await look();
    await sleep(sizes.idleMs);
    const after = await look();
    const seconds = (after.at - before.at) / 1_000;
    const percent = (from, to) => (to === null ? null : ((to - from) / seconds) * 100);
    return {
      "CPU of the worker": percent(before.worker, after.worker),
      ...(place.store === "sqlite"
        ? {}
        : {
            statements: Math.max(0, after.statements - before.statements) / seconds,
            "CPU of the server": percent(before.server, after.server),
          }),
    };
  } finally {
    await child.end();
  }
}
