/** Why a waiting job has not started: what was checked, in order, and the one thing that holds it. */
import { AHEAD_LIMIT, type JobRecord, type WaitingFacts } from "../core/job.js";
import type { WorkerRecord } from "../core/store.js";
import { type WaitingReason, waitingReason } from "../core/waiting-reason.js";
import { asChecks, type Evidence, type Explanation, type Finding } from "./explanation.js";
import { countText, durationText, instantText, listText } from "./wording.js";

type Told = Pick<Explanation, "summary" | "checks">;

/** @param evidence  its record was read with waiting facts */
export function explainWaiting(evidence: Evidence, facts: WaitingFacts): Told {
  const { record } = evidence;
  const over = overtime(evidence);
  const reason = waitingReason(record);
  if (record.recorded) {
    const detail = "Another queue runs this job, and has not told that it began.";
    return { summary: detail, checks: asChecks([{ what: "outside runner", ok: false, detail }]) };
  }
  const checks = asChecks([
    over ?? dueTime(evidence),
    worker(evidence, facts),
    queue(evidence, facts),
    attemptsLeft(record),
    concurrencyKey(record, facts),
    parent(record),
    position(evidence, facts),
  ]);
  if (over !== null || reason === null) return { summary: over?.detail ?? "", checks };
  return { summary: summaryOf(reason, evidence, facts), checks };
}

function summaryOf(reason: WaitingReason, evidence: Evidence, facts: WaitingFacts): string {
  switch (reason.reason) {
    case "outside":
    case "scheduled":
    case "retry":
      return dueTime(evidence).detail;
    case "no_worker":
      return worker(evidence, facts).detail;
    case "queue_paused":
      return queue(evidence, facts).detail;
    case "concurrency":
      return concurrencyKey(evidence.record, facts).detail;
    case "position": {
      const { ok, detail } = position(evidence, facts);
      return ok ? "It is due and a worker is free: it should start within one poll." : detail;
    }
  }
}

/** Past its expiry no worker takes it; the next sweep ends it. */
function overtime({ record, place }: Evidence): Finding | null {
  if (record.expiresAt === null || record.expiresAt > record.readAt) return null;
  const until = instantText(record.expiresAt, place);
  return { what: "due time", ok: false, detail: `It was only good until ${until}. The next sweep ends it as expired.` };
}

function dueTime({ record, place }: Evidence): Finding {
  const inMs = record.runAt - record.readAt;
  const what = "due time";
  if (inMs <= 0) return { what, ok: true, detail: `It is due since ${instantText(record.runAt, place)}.` };
  const left = durationText(inMs);
  if (record.status !== "retrying") {
    return { what, ok: false, detail: `It starts at ${instantText(record.runAt, place)}, in ${left}.` };
  }
  const next = record.attempt + 1;
  const then =
    next >= record.maxAttempts
      ? "tries for the last time"
      : `tries again (${next} of ${record.maxAttempts.toLocaleString("en")})`;
  const why = record.error === null ? "" : ` The last attempt ended with ${record.error.code}.`;
  return { what, ok: false, detail: `It waits ${left} more, then ${then}.${why}` };
}

function worker({ record, workers, place }: Evidence, facts: WaitingFacts): Finding {
  const { kind, queue } = record;
  const what = "worker for this kind";
  if (facts.liveWorkers > 0) {
    const takers = facts.liveWorkers === 1 ? "1 live worker takes" : `${facts.liveWorkers} live workers take`;
    return { what, ok: true, detail: `${takers} ${kind} from ${queue}.` };
  }
  const none = `No live worker takes ${kind}`;
  const ofKind = workers.filter((each) => each.kinds.includes(kind));
  const elsewhere = ofKind.find((each) => isLive(each, place.now) && !takesQueue(each, queue));
  if (elsewhere !== undefined) {
    const from = listText(elsewhere.queues ?? []);
    return { what, ok: false, detail: `${none} from ${queue}. ${nameOf(elsewhere)} takes it from ${from} only.` };
  }
  const last = ofKind[0];
  const seenAt = facts.workerSeenAt ?? last?.seenAt ?? null;
  if (seenAt === null) return { what, ok: false, detail: `${none}. None was heard from in the last day.` };
  const ago = durationText(place.now - seenAt);
  if (last === undefined) return { what, ok: false, detail: `${none}. The last one was heard from ${ago} ago.` };
  const leaving = last.accepting ? "" : ", when it was shutting down";
  return { what, ok: false, detail: `${none}. ${nameOf(last)}, the last one, was heard from ${ago} ago${leaving}.` };
}

function queue({ record, place }: Evidence, facts: WaitingFacts): Finding {
  const what = "queue";
  if (facts.queuePausedAt === null) return { what, ok: true, detail: `Queue ${record.queue} is open.` };
  const by = facts.queuePausedBy === null ? "" : ` by ${facts.queuePausedBy}`;
  const since = instantText(facts.queuePausedAt, place);
  return { what, ok: false, detail: `Queue ${record.queue} is paused${by} since ${since}.` };
}

function attemptsLeft({ attempt, maxAttempts }: JobRecord): Finding {
  const left = maxAttempts - attempt;
  return { what: "attempts left", ok: left > 0, detail: `${left} of ${maxAttempts} left.` };
}

function concurrencyKey(record: JobRecord, facts: WaitingFacts): Finding {
  const what = "concurrency key";
  const { concurrencyKey: key, concurrencyLimit } = record;
  if (key === null) return { what, ok: true, detail: "It has none." };
  const allows = `Key ${key} allows ${concurrencyLimit ?? 1} at a time`;
  if (facts.keyHolders.length === 0) return { what, ok: true, detail: `${allows}; a slot is free.` };
  const verb = facts.keyHolders.length === 1 ? "holds it" : "hold them";
  return { what, ok: false, detail: `${allows}; ${listText(facts.keyHolders)} ${verb}.` };
}

function parent({ parentId }: JobRecord): Finding {
  const detail =
    parentId === null ? "It waits for no other job." : `It belongs to ${parentId}, which holds it not back.`;
  return { what: "parent", ok: true, detail };
}

function position({ record, workers, place }: Evidence, facts: WaitingFacts): Finding {
  const what = "position";
  const ahead = facts.ahead ?? 0;
  if (ahead > 0) {
    const jobs =
      ahead >= AHEAD_LIMIT
        ? `More than ${countText(AHEAD_LIMIT, "job")} are`
        : `${countText(ahead, "job")} ${ahead === 1 ? "is" : "are"}`;
    return { what, ok: false, detail: `${jobs} ahead in ${record.queue}.` };
  }
  const takers = workers.filter(
    (each) => isLive(each, place.now) && each.kinds.includes(record.kind) && takesQueue(each, record.queue),
  );
  const slots = takers.reduce((sum, each) => sum + each.concurrency, 0);
  const running = takers.reduce((sum, each) => sum + each.running, 0);
  if (takers.length > 0 && running >= slots) {
    return { what, ok: false, detail: `It is next in line. All ${countText(slots, "slot")} for it are at work.` };
  }
  return { what, ok: true, detail: "Nothing is ahead of it." };
}

function isLive(each: WorkerRecord, now: number): boolean {
  return each.accepting && now < each.seenAt + each.leaseMs;
}
function takesQueue(each: WorkerRecord, queue: string): boolean {
  return each.queues === null || each.queues.includes(queue);
}
function nameOf({ host, pid }: WorkerRecord): string {
  return `Worker ${host} (process ${pid})`;
}
