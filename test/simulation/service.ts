/**
 * An outside service in the simulation. It takes what is dispatched to it and calls back through the real door: late,
 * twice, out of order, to any process, after its attempt was taken away, or never. It tells each thing until it is heard.
 */
import { type AnyJobDefinition, type BoundReceiver, defineJob } from "../../src/core/define-job.js";
import type { Post, Reply } from "../../src/remote/safe-post.js";
import { keyOf } from "../../src/remote/secret.js";
import type { ServiceOptions } from "../../src/remote/services.js";
import { sign } from "../../src/remote/signature.js";
import type { Faults, Link } from "./faulty-store.js";
import type { Process } from "./process.js";
import type { Gate, SimClock } from "./sim-clock.js";
import type { Truth } from "./truth.js";

const ORIGIN = "https://service.example";
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const KEY = keyOf(SECRET, "sim");

/** Three attempts, each lost when nothing is heard of it for 12 s in all. */
export const REMOTE_KIND: AnyJobDefinition = defineJob({
  kind: "remote",
  stages: ["one", "two"],
  timeout: "12s",
  backoff: { base: "1s", max: "5s" },
  remote: { url: `${ORIGIN}/run`, service: "sim" },
});

/** What a process has to know of the service. */
export function serviceOptions(truth: Truth): Readonly<Record<string, ServiceOptions>> {
  const receiver: BoundReceiver = REMOTE_KIND.receive((result: unknown, { jobId, fence }) => {
    truth.received.add(`${jobId}/${fence}`);
    return result;
  });
  return {
    sim: { secrets: [SECRET], origins: [ORIGIN], callbackBase: "https://app.example/api", jobs: [receiver] },
  };
}

interface Attempt {
  readonly jobId: string;
  readonly fence: number;
}
interface Told {
  readonly seq: number;
  readonly type: "started" | "progress" | "completed" | "failed";
  readonly [more: string]: unknown;
}

export interface OutsideService {
  /** The way to the service from one process. */
  from(caller: { readonly gate: Gate; readonly link: Link }): Post;
}

export interface OutsideServiceOptions {
  readonly world: SimClock;
  readonly truth: Truth;
  readonly faults: Faults;
  /** The processes that take callbacks now. */
  readonly doors: () => readonly Process[];
}

/** Longer than any late answer. */
const ANSWER_MS = 8_000;
const AGAIN_MS = 2_000;
/** A service does not tell for ever. */
const MOST_TRIES = 12;

export function createOutsideService({ world, truth, faults, doors }: OutsideServiceOptions): OutsideService {
  const isHit = (probability: number): boolean => faults.active && world.chance(probability);
  const lateMs = (): number => (isHit(faults.late) ? world.between(0, faults.latestMs) : 0);
  const after = (ms: number, run: () => void): void => void (ms <= 0 ? run() : world.after(ms, run));
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void world.after(ms, resolve));
  const taken = new Set<string>();

  const signed = (told: Told, attempt: Attempt, id: string): Request => {
    const body = JSON.stringify({ jobId: attempt.jobId, fence: attempt.fence, ...told });
    const headers = { ...sign([KEY], id, world.now(), Buffer.from(body)) };
    return new Request("https://app.example/api", { method: "POST", body, headers });
  };

  /** @returns whether the message was answered, and what the service was asked to do; null = not answered */
  const send = (told: Told, attempt: Attempt, id: string): Promise<{ readonly isCancelled: boolean } | null> =>
    new Promise((resolve) => {
      const { gate, callback } = world.pick(doors());
      const silence = world.after(ANSWER_MS, () => resolve(null));
      const knock = async (): Promise<void> => {
        const response = await callback(signed(told, attempt, id), attempt.jobId);
        const { applied, cancelRequested } = (await response.json()) as Record<string, unknown>;
        if (isHit(faults.answerLost) || gate.state === "crashed") return;
        after(lateMs(), () => {
          silence();
          if (applied === true) truth.acknowledged.push({ ...attempt, id });
          resolve(response.status === 200 ? { isCancelled: cancelRequested === true } : null);
        });
      };
      after(lateMs(), () => {
        if (!isHit(faults.fails)) gate.pass(false, () => void knock());
      });
    });

  /** @returns whether it was asked to stop */
  const tell = async (told: Told, attempt: Attempt): Promise<boolean> => {
    const id = `${truth.nameOf(attempt.jobId)}_${attempt.fence}_${told.seq}`;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if (isHit(faults.twice)) void send(told, attempt, id);
      const heard = await send(told, attempt, id);
      if (heard !== null) return heard.isCancelled;
      await pause(AGAIN_MS);
    }
    return false;
  };

  const perform = async (attempt: Attempt): Promise<void> => {
    if (isHit(0.1)) return;
    let seq = 0;
    let isCancelled = false;
    const say = async (type: Told["type"], more: Readonly<Record<string, unknown>> = {}): Promise<void> => {
      const telling = tell({ ...more, seq: ++seq, type }, attempt);
      // A service in a hurry does not wait for the answer: then what it tells may overtake itself.
      if (isHit(0.3)) void telling;
      else isCancelled = (await telling) || isCancelled;
    };
    await say("started");
    for (const stage of ["one", "two"]) {
      await pause(world.between(0, 6_000));
      if (isCancelled && world.chance(0.8)) break;
      await say("progress", { stage, progress: world.whole(0, 100) });
    }
    if (isCancelled || isHit(0.2)) await say("failed", { error: { code: "gave_up", message: "The service gave up." } });
    else await say("completed", { result: "made outside" });
    if (isHit(0.1)) await say("completed", { result: "made again" });
  };

  const take = (text: Uint8Array): void => {
    const { jobId, fence } = JSON.parse(Buffer.from(text).toString()) as Attempt;
    truth.note("service", `takes ${truth.nameOf(jobId)}/${fence}`, [jobId]);
    if (taken.has(`${jobId}/${fence}`)) return truth.violate(jobId, `fence ${fence} was dispatched twice`);
    taken.add(`${jobId}/${fence}`);
    void perform({ jobId, fence });
  };

  return {
    from:
      ({ gate, link }) =>
      (_clock, { body, timeoutMs }) =>
        new Promise<Reply>((resolve, reject) => {
          if (gate.state === "crashed") return;
          const fail = (problem: string): void => gate.pass(false, () => reject(new Error(problem)));
          const reply = (status: number): void =>
            gate.pass(false, () => resolve({ status, retryAfter: null, excerpt: "" }));
          after(lateMs(), () => {
            if (link.isCut) return after(timeoutMs, () => fail("no answer"));
            if (isHit(faults.fails)) return after(lateMs(), () => (world.chance(0.5) ? reply(503) : fail("refused")));
            take(body);
            if (isHit(faults.answerLost)) return after(timeoutMs, () => fail("answer lost"));
            after(lateMs(), () => reply(202));
          });
        }),
  };
}
