/**
 * The server commits and its answer never arrives. Told again, with the idempotency key or the fence, the same enqueue
 * makes no second job, and the same ending no second one.
 */

import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { Proxy, type Rule } from "../kit/proxy.js";
import type { Scenario } from "../kit/scenario.js";
import type { Trial } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { plain } from "./definitions.js";

const ENQUEUE = /^waymark_enqueue/i;
const SETTLE = /^waymark_\w*(settle|complete)/i;

export const swallowedCommits: Scenario = {
  name: "swallowed-commits",
  title: "COMMIT answer swallowed: enqueue (with idempotency key) and settle",
  stores: ["postgres"],
  inCi: true,
  run: async (trial) => {
    const each = trial.scaled({ ci: 20, quick: 60, full: 250 });
    const proxy = await Proxy.open(trial.url);
    trial.atEnd(() => proxy.close());
    const waymark = await trial.open({ store: proxy.url });
    const driver = new Driver(waymark);
    const enqueues = swallower(trial, ENQUEUE, each);
    const settles = swallower(trial, SETTLE, each);
    proxy.rule = (request) => enqueues.rule(request) ?? settles.rule(request);
    const worker = await trial.startWorker({ url: proxy.url });

    let wave = 0;
    for (; (enqueues.done() < each || settles.done() < each) && wave < 20 * each; wave++) {
      await driver.enqueueAll([
        { definition: plain, input: { ms: 0 } },
        { definition: plain, input: { ms: trial.chance.whole(1, 10) } },
      ]);
    }
    proxy.rule = null;
    await drained(waymark, 30_000);

    const { jobs } = await judge(trial, waymark, driver);
    trial.must(worker.running, "no process exit", `the worker ended: ${worker.errors}`);
    trial.figure("jobs", jobs.size);
    trial.figure("answers to an enqueue swallowed", enqueues.done(), "", { atLeast: each });
    trial.figure("answers to a settle swallowed", settles.done(), "", { atLeast: each });
    trial.figure("sent more than once", driver.acknowledged.filter(({ tries }) => tries > 1).length);
  },
};

/** Swallows every other answer, by chance, until it has done so often enough. */
function swallower(trial: Trial, what: RegExp, times: number): { rule: Rule; done: () => number } {
  let done = 0;
  return {
    rule: (request) => {
      if (done >= times || !what.test(request) || trial.chance.happens(0.5)) return null;
      done++;
      trial.fault(`the answer to ${request} is swallowed`);
      return "swallow";
    },
    done: () => done,
  };
}
