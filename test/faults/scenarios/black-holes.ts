/**
 * The connections of one role fall silent, without an error, for a minute: whoever claims, beats, settles or listens talks
 * into a black hole, and every new connection of that role ends there too. The others must go on, and a worker that
 * cannot beat must stop before the store gives its job away.
 */
import type { Waymark } from "../../../src/waymark.js";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { Proxy } from "../kit/proxy.js";
import type { Scenario } from "../kit/scenario.js";
import type { Trial } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { pause, until } from "../kit/wait.js";
import { patientTwice, plain } from "./definitions.js";

const ROLES = {
  claim: /^waymark_\w*claim/i,
  extend: /^waymark_(extend|saveWorker)/i,
  settle: /^waymark_\w*(settle|complete)/i,
  listen: /^listen /i,
} as const;
type Role = keyof typeof ROLES;

const LEASE_MS = 10_000;
const POLL_MS = 500;
const LONG_EVERY_MS = 15_000;
/** Ten seconds, and what a timer may be late. */
const NOTICE_GOAL_MS = 10_500;

export const blackHoles: Scenario = {
  name: "black-holes",
  title: "connection black-holed per role (claim, heartbeat, settle, LISTEN)",
  stores: ["postgres"],
  inCi: false,
  run: async (trial) => {
    const holeMs = trial.scaled({ ci: 13_000, quick: 13_000, full: 60_000 });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    // Side by side: each has a wire, a worker and a queue of its own.
    await Promise.all((Object.keys(ROLES) as Role[]).map((role) => silence({ trial, waymark, driver, role, holeMs })));
    await drained(waymark, 60_000);
    // Of heartbeats that nobody hears, a lease can only be lost, in the first attempt and in the last one.
    await judge(trial, waymark, driver, {
      mayFail: ({ job }) => job.kind === "patient" && job.queue === queueOf("extend"),
    });
  },
};

interface Hole {
  readonly trial: Trial;
  readonly waymark: Waymark;
  readonly driver: Driver;
  readonly role: Role;
  readonly holeMs: number;
}

const queueOf = (role: Role): string => `hole-${role}`;

async function silence({ trial, waymark, driver, role, holeMs }: Hole): Promise<void> {
  const proxy = await Proxy.open(trial.url);
  const queue = queueOf(role);
  const work = { leaseMs: LEASE_MS, pollMs: POLL_MS, queues: [queue], concurrency: 20 };
  // The default pool: with a few connections only, those that wait in the hole would be all of them.
  const worker = await trial.startWorker({ url: proxy.url, work, options: { maxConnections: 10 } });
  const began = (jobId: string) => trial.ledger.of("begin").find((line) => line.jobId === jobId);
  // Running when the hole opens, and until after it has closed, or until it is told to stop.
  const long = (ms: number) => ({ definition: patientTwice, input: { ms }, options: { queue } });
  const [held] = await driver.enqueueAll([long(holeMs + 2_000)]);
  await until("the long job has begun", 10_000, () => began(held!.jobId) !== undefined);

  let felt = 0;
  proxy.rule = (request) => (ROLES[role].test(request) && ++felt > 0 ? "silence" : null);
  // A listening connection asks for nothing more, so that no request of its own would lead it into the hole.
  if (role === "listen") felt += proxy.silence(ROLES.listen);
  const openedAt = Date.now();
  trial.fault(`a black hole for ${role}`);
  const sent: { jobId: string; acknowledgedAt: number }[] = [];
  for (let longAt = LONG_EVERY_MS; Date.now() - openedAt < holeMs; ) {
    const ms = Date.now() - openedAt;
    // There is always a lease to be kept in the hole.
    if (role === "extend" && ms > longAt) {
      longAt += LONG_EVERY_MS;
      await driver.enqueue(long(holeMs - ms + 2_000));
    }
    sent.push(await driver.enqueue({ definition: plain, input: { ms: 5 }, options: { queue } }));
    await pause(400);
  }
  proxy.rule = null;
  const closedAt = Date.now();
  trial.fault(`the hole for ${role} is closed`);
  await drained(waymark, 60_000);

  const ledger = trial.ledger.read().filter(({ pid }) => pid === worker.pid);
  const slowest = Math.max(holdsOn(proxy, felt) ? holeMs : 0, ...proxy.givenUpAfterMs);
  trial.figure(`${role}: silent connections given up after at most`, slowest / 1_000, "s", {
    atMost: NOTICE_GOAL_MS / 1_000,
  });
  trial.must(felt > 0, "the fault was felt", `nothing of role ${role} came by`);
  trial.must(worker.running, "no process exit", `the worker ended: ${worker.errors}`);
  if (role === "extend" || role === "listen") {
    const waits = sent.map(({ jobId, acknowledgedAt }) => (began(jobId)?.at ?? closedAt + 60_000) - acknowledgedAt);
    trial.figure(`${role}: longest wait of new jobs in the hole`, Math.max(...waits), "ms", { atMost: 3 * POLL_MS });
  }
  const signal = ledger.find(({ what, jobId }) => what === "signal" && jobId === held!.jobId);
  const stolen = trial.ledger.of("begin").find(({ jobId, fence }) => jobId === held!.jobId && fence === 2);
  trial.figure(`${role}: attempts of the job held meanwhile`, stolen === undefined ? 1 : 2);
  if (stolen !== undefined) {
    const early = signal === undefined ? -1 : stolen.at - signal.at;
    trial.figure(`${role}: told to stop before the next attempt began`, early, "ms", { atLeast: 0 });
  }
  worker.kill("SIGTERM");
  await worker.ended;
  await proxy.close();
}

/** Whether not one of the connections in the hole was given up. */
function holdsOn({ givenUpAfterMs }: Proxy, felt: number): boolean {
  return felt > 0 && givenUpAfterMs.length === 0;
}
