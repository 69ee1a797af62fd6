/**
 * What outside services tell, in PostgreSQL. Each callback is a transaction of a few statements: it begins by locking the
 * job, so the same callback from many clients is applied by one of them and known to the others. Such calls are few, so
 * plain order is worth more here than one clever statement.
 */
import { isStale, overReason, refusedCallback, settledCallback } from "../../core/callback-rules.js";
import { endingOf } from "../../core/settle-rules.js";
import type { CallbackAnswer, CallbackRecord, CallbackRequest } from "../../core/store.js";
import { plain } from "./arrays.js";
import { type Db, idsWhere, isId } from "./db.js";
import { extend, reportRound } from "./hold.js";
import { storiesFor } from "./reading.js";
import { settleRound } from "./settle.js";

export async function callback(db: Db, requests: readonly CallbackRequest[]): Promise<CallbackAnswer[]> {
  const answers: CallbackAnswer[] = [];
  let waiting = false;
  // One after the other: their order is theirs to choose.
  for (const request of requests) {
    const told = await inTransaction(db, request);
    waiting ||= told.waiting;
    answers.push(told.answer);
  }
  const applied = (i: number): boolean => answers[i]?.applied === true;
  db.hints.tell({ waiting, jobs: idsWhere(requests, (i) => applied(i) && endsIt(requests[i])) });
  db.hints.tellHere({
    waiting: false,
    jobs: idsWhere(requests, (i) => applied(i) && !endsIt(requests[i])),
    began: true,
  });
  return answers;
}

function endsIt(request: CallbackRequest | undefined): boolean {
  return request?.effect.type === "settle";
}

interface Told {
  readonly answer: CallbackAnswer;
  /** Something may be claimable now. */
  readonly waiting: boolean;
}

const refused = (...why: Parameters<typeof refusedCallback>): Told => ({
  answer: refusedCallback(...why),
  waiting: false,
});

async function inTransaction(db: Db, request: CallbackRequest): Promise<Told> {
  if (!isId(request.jobId)) return refused("unknown", null);
  return db.driver.transaction((within) => apply({ ...db, ...within }, request));
}

/** @param db  whose statements run inside the transaction */
async function apply(db: Db, request: CallbackRequest): Promise<Told> {
  const { jobId, fence, id, seq, effect, leaseMs } = request;
  const [held] = await db.run(db.sql.holdForCallback, [jobId]);
  const [known] = await db.run(db.sql.callbackKnown, [jobId, fence, id]);
  const holds = held?.["status"] === "processing" && held["fence"] === fence;
  if (!holds || known?.["is_known"] === true) {
    const story = (await storiesFor(db, [jobId])).get(jobId.toLowerCase());
    if (story === undefined) return refused("unknown", null);
    const { status } = story.facts;
    if (known?.["is_known"] === true) return refused("duplicate", status);
    const reason = overReason(request, { fence: story.facts.fence, ending: endingOf(story.trail, fence) });
    // Told otherwise than before, it leaves a remark.
    if (reason === "ended" && effect.type === "settle") {
      await settleRound(db, [{ jobId, fence, outcome: effect.outcome }]);
    }
    return refused(reason, status);
  }
  if (isStale(request, (known?.["last_seq"] as number | null | undefined) ?? null)) {
    return refused("stale", "processing");
  }
  let answer: CallbackAnswer = { applied: true, status: "processing" };
  let waiting = false;
  if (effect.type === "settle") {
    const told = await settleRound(db, [{ jobId, fence, outcome: effect.outcome }]);
    answer = settledCallback(told.answers[0]!);
    waiting = told.waiting;
  } else {
    if (effect.type === "progress") await reportRound(db, [{ ...effect.report, jobId, fence }]);
    await extend(db, { worker: null, leaseMs, leases: [{ jobId, fence }] });
  }
  if (answer.applied) await db.run(db.sql.addCallback, [jobId, fence, seq, id]);
  return { answer, waiting };
}

export async function callbacks(db: Db, jobIds: readonly string[]): Promise<CallbackRecord[][]> {
  const possible = jobIds.filter(isId);
  const rows = possible.length === 0 ? [] : await db.run(db.sql.callbacks, [plain(possible, (jobId) => jobId)], true);
  const records = rows.map((row) => ({
    jobId: row["job_id"] as string,
    fence: row["fence"] as number,
    seq: row["seq"] as number,
    id: row["id"] as string,
  }));
  return jobIds.map((jobId) => records.filter((one) => one.jobId === jobId.toLowerCase()));
}
