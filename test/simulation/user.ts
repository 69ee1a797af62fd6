/** The people in the simulation: they enqueue, watch, cancel, try again, remove and pause, through a bad network too. */

import { sleep } from "../../src/core/clock.js";
import { isWaymarkError } from "../../src/core/errors.js";
import { isTerminalStatus } from "../../src/core/lifecycle.js";
import { isTerminal } from "../../src/core/status-info.js";
import type { EnqueueOptions } from "../../src/new-job.js";
import { KINDS, perform } from "./jobs.js";
import type { Process } from "./process.js";
import type { Shape } from "./shape.js";
import type { SimClock } from "./sim-clock.js";

export interface Ledger {
  readonly acknowledged: Set<string>;
  readonly watched: { readonly jobId: string; problem: string | null }[];
}

export type Deed = "enqueue" | "track" | "record" | "cancel" | "retry" | "remove" | "pause" | "await";
export const DEEDS: readonly Deed[] = [
  "track",
  "record",
  "cancel",
  "cancel",
  "retry",
  "retry",
  "remove",
  "pause",
  "await",
];

export function actLikeUser(user: Process, ledger: Ledger, { deeds, kinds }: Shape): void {
  const { world, waymark, truth } = user;
  const known = [...ledger.acknowledged];
  const requestKey = `r${truth.lines.length}`;
  // Whatever the network or the rules refuse is no news here.
  const drop = (): void => {};
  const deed = known.length < 2 ? "enqueue" : world.pick(deeds);
  const jobId = known.length === 0 ? "" : world.pick(known);
  switch (deed) {
    case "enqueue":
      return enqueue(user, ledger, kinds);
    case "track":
      void waymark
        .track({ kind: "tracked" }, (context) =>
          perform(world.pick(["steady", "flaky"]), { ...context, stage: async () => {} }, user),
        )
        .then(({ jobId }) => void ledger.acknowledged.add(jobId), drop);
      return;
    case "record":
      return void runOutside(user);
    case "cancel":
      return void waymark.cancel(jobId, { actor: "ann", requestKey, force: world.chance(0.2) }).catch(drop);
    case "retry":
      return void waymark.retry(jobId, { actor: "ann", requestKey }).catch(drop);
    case "remove":
      return void waymark.remove(jobId, { actor: "ann" }).catch(drop);
    case "pause":
      void waymark.pauseQueue("default").catch(drop);
      user.clock.after(world.between(0, 20_000), () => void waymark.resumeQueue("default").catch(drop));
      return;
    case "await": {
      const watching: Ledger["watched"][number] = { jobId, problem: null };
      ledger.watched.push(watching);
      waymark.tracker.awaitCompletion(jobId, { timeout: "20s", pollInterval: "1s" }).then((info) => {
        if (info !== null && info.status === "completed" && info.progress?.percent !== 100) {
          watching.problem = "it was shown completed without 100 %";
        }
        if (info !== null && isTerminal(info) && !(info.finishedAt instanceof Date)) {
          watching.problem = "it was shown as ended without a time";
        }
      }, drop);
    }
  }
}

function enqueue({ world, waymark, truth, process }: Process, ledger: Ledger, kinds: readonly string[]): void {
  const definition = world.pick(KINDS.filter(({ kind }) => kinds.includes(kind)));
  const options: EnqueueOptions = {
    owner: world.pick(["ann", "bob"]),
    priority: world.whole(0, 2),
    ...(world.chance(0.3) ? { delay: world.between(0, 30_000) } : {}),
    ...(world.chance(0.15) ? { expiresIn: world.between(1_000, 40_000) } : {}),
    ...(world.chance(0.3) ? { uniqueKey: world.pick(["u1", "u2"]) } : {}),
    ...(world.chance(0.15) ? { idempotencyKey: `i${world.whole(1, 9)}` } : {}),
    ...(world.chance(0.6) ? { concurrencyKey: { key: "k", limit: world.whole(1, 2) } } : {}),
  };
  void waymark.enqueue(definition, { n: 1 }, options).then(
    (ref) => {
      truth.note(process, `knows ${truth.nameOf(ref.jobId)}`, [ref.jobId]);
      if (!ref.deduplicated) ledger.acknowledged.add(ref.jobId);
    },
    () => {},
  );
}

/** An id like those of the library, from the world's own chance. */
function newId(world: SimClock): string {
  const time = world.now().toString(16).padStart(12, "0");
  const tail = Array.from({ length: 12 }, () => world.whole(0, 15).toString(16)).join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}`;
}

/** A job that another queue runs, whose events come twice, in any order, and may not get through. */
async function runOutside({ world, clock, waymark }: Process): Promise<void> {
  const { recorder } = waymark;
  const jobId = newId(world);
  const error = new Error("outside");
  const tell = {
    started: () =>
      recorder.started(jobId, { silence: "5s", ...(world.chance(0.5) ? { attempt: world.whole(1, 3) } : {}) }),
    progress: () => recorder.progress(jobId, { percent: world.whole(0, 100) }),
    retrying: () => recorder.retrying(jobId, error, { delay: "1s" }),
    failed: () => recorder.failed(jobId, error),
  };
  const events = ["started", "started", "progress", "retrying", "progress", ...(world.chance(0.2) ? ["failed"] : [])];
  let enqueued = false;
  // Whoever records goes on telling until it is heard; the last thing told is that the work is done.
  for (let ended = false; !ended; ) {
    try {
      if (!enqueued) await recorder.enqueued({ jobId, kind: "outside" });
      enqueued = true;
      for (let left = world.whole(0, 6); left > 0; left--) {
        await tell[world.pick(events) as keyof typeof tell]();
        await sleep(clock, world.between(0, 4_000));
      }
      ended = isTerminalStatus((await recorder.completed(jobId, { result: "outside" })).status);
    } catch (error) {
      if (isWaymarkError(error, "not_found")) return;
      await sleep(clock, 1_000);
    }
  }
}
