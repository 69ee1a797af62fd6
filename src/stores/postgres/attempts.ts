/** What workers do, in PostgreSQL: claim, start, extend, report, settle, and the sweep that takes back what they lost. */
import { isTerminalStatus, type JobStatus, POISON_LIMIT } from "../../core/lifecycle.js";
import { conflictReason, endingOf, judgeRefusal, lostFailure } from "../../core/settle-rules.js";
import type * as contract from "../../core/store.js";
import { workerActor } from "../../core/trail.js";
import { plain, texts } from "./arrays.js";
import { byJob, type Db, inRounds, isId, sorted } from "./db.js";
import type { Row } from "./driver.js";
import type { Note } from "./hints.js";
import type { Mark } from "./line-marks.js";
import { storiesFor } from "./reading.js";
import { type Story, type Taken, takenOf } from "./rows.js";

/** Jobs that one statement lets into the line, for each lane. */
const PROMOTED = 1_000;
/** Looks a claim takes that came back short although more was due. */
const LOOKS = 4;
/** When to claim again after jobs were met that another claimer holds: it takes them, or lets go of them, within this. */
const HELD_MS = 10;

/** Whether the last claim of a store took all it wanted. */
const lastWasFull = new WeakMap<Db, boolean>();

export async function claim(db: Db, request: contract.ClaimRequest): Promise<contract.Claim> {
  const jobs: contract.ClaimedJob[] = [];
  if (request.limit <= 0 || request.kinds.length === 0) return { jobs, nextDueInMs: null };
  if (db.due.mayBeDue(lastWasFull.get(db) ?? true)) await promote(db);

  let nextDueInMs: number | null = null;
  for (let look = 1; look <= LOOKS && jobs.length < request.limit; look++) {
    const marks = keyed.has(db) ? [] : db.marks.begin();
    const { rest, taken, marks: reached } = await take(db, request, request.limit - jobs.length, marks);
    jobs.push(...taken);
    db.claims.note(rest.claimId, taken);
    const { dueIn } = rest;
    const isFull = jobs.length >= request.limit;
    if (isFull) db.marks.moved(reached);
    else db.marks.clear();
    nextDueInMs = dueIn === null ? null : Math.max(0, Math.round(dueIn));
    if (rest.more) nextDueInMs = isFull ? 0 : Math.min(nextDueInMs ?? HELD_MS, HELD_MS);
    if (isFull) break;
    // Short, though jobs were due: they had not been let into the line, or a key let only some of those met go.
    const isDue = dueIn !== null && dueIn <= 0;
    if (isDue) await promote(db);
    else if (rest.refused === 0 && marks.length === 0) break;
  }
  if (nextDueInMs !== null && nextDueInMs > 0) db.due.note(nextDueInMs);
  lastWasFull.set(db, jobs.length >= request.limit);
  db.hints.tellSoon({ waiting: false, jobs: jobs.map((job) => job.jobId) });
  return { jobs, nextDueInMs };
}

/** Stores that have met a concurrency key. */
const keyed = new WeakSet<Db>();

async function take(db: Db, request: contract.ClaimRequest, limit: number, marks: readonly Mark[]): Promise<Taken> {
  const { workerId, kinds, queues, leaseMs } = request;
  const places = queues === null ? null : texts(queues, (queue) => queue);
  const over = plain(db.claims.takeOver(), (claimId) => claimId);
  const params = [db.now(), workerId, texts(kinds, (kind) => kind), places, limit, leaseMs, over];
  if (!keyed.has(db)) {
    const from = [
      texts(marks, ({ queue }) => queue),
      texts(marks, ({ kind }) => kind),
      plain(marks, ({ priority }) => priority),
      plain(marks, ({ runAt }) => runAt),
      plain(marks, ({ jobId }) => jobId),
    ];
    const taken = takenOf(await db.driver.runRaw(db.sql.claim, [...params, ...from]));
    if (!taken.rest.hasKeys) return taken;
    keyed.add(db);
  }
  return takenOf(await db.driver.runRaw(db.sql.claimKeyed, params));
}

async function promote(db: Db): Promise<void> {
  const [row] = await db.run(db.sql.promote, [db.now(), PROMOTED], true);
  const dueIn = (row?.["due_in"] as number | null | undefined) ?? null;
  const moved = Number(row?.["moved"] ?? 0);
  if (moved > 0) db.marks.clear();
  db.due.looked(moved >= PROMOTED ? 0 : dueIn);
}

export async function start(db: Db, requests: readonly contract.StartRequest[]): Promise<contract.StartAnswer[]> {
  const answers = await inRounds(requests, async (round) => {
    const asked = sorted(round.filter(({ jobId }) => isId(jobId)));
    const rows = await db.run(db.sql.start, [
      db.now(),
      plain(asked, ({ jobId }) => jobId),
      texts(asked, ({ workerId }) => workerId),
      plain(asked, ({ leaseMs }) => leaseMs),
      plain(asked, ({ startKnown }) => startKnown),
    ]);
    const started = byJob(rows);
    const others = await storiesFor(
      db,
      asked.map(({ jobId }) => jobId).filter((jobId) => !started.has(jobId.toLowerCase())),
    );
    return round.map(({ jobId }): contract.StartAnswer => {
      const row = started.get(jobId.toLowerCase());
      if (row !== undefined) {
        const [fence, attempt, maxAttempts] = [row["fence"], row["attempt"], row["max_attempts"]] as number[];
        return { answer: "started", fence: fence!, attempt: attempt!, maxAttempts: maxAttempts! };
      }
      const story = others.get(jobId.toLowerCase());
      return story === undefined ? { answer: "notFound" } : { answer: "illegal", status: story.facts.status };
    });
  });
  db.hints.tell({ waiting: false, jobs: idsWhere(requests, (i) => answers[i]?.answer === "started") });
  return answers;
}

export async function extend(db: Db, { worker, leaseMs, leases }: contract.Heartbeat): Promise<contract.HoldAnswer[]> {
  const asked = sorted(leases.filter(({ jobId }) => isId(jobId)));
  // Awaited together: when both fail, a rejection that nobody awaits would end the process.
  const [renewed] = await Promise.all([
    renew(db, asked, leaseMs),
    worker === null ? null : saveWorker(db, worker, leaseMs),
  ]);
  return holdAnswers(leases, renewed);
}

async function renew(db: Db, asked: readonly contract.LeaseRef[], leaseMs: number): Promise<Row[]> {
  if (asked.length === 0) return [];
  const [ids, fences] = [plain(asked, ({ jobId }) => jobId), plain(asked, ({ fence }) => fence)];
  return db.run(db.sql.extend, [db.now(), ids, fences, leaseMs], true);
}

function saveWorker(db: Db, worker: contract.WorkerFacts, leaseMs: number): Promise<unknown> {
  const { workerId, host, pid, kinds, queues, concurrency, running, accepting } = worker;
  const places = queues === null ? null : texts(queues, (queue) => queue);
  return db.run(
    db.sql.saveWorker,
    [db.now(), workerId, leaseMs, pid, concurrency, running, accepting, host, texts(kinds, (kind) => kind), places],
    true,
  );
}

export async function report(db: Db, reports: readonly contract.Report[]): Promise<contract.HoldAnswer[]> {
  const answers = await inRounds(reports, (round) => reportRound(db, round));
  // Progress wakes watchers of this process only: elsewhere it is read by the clock.
  db.hints.tellHere({ waiting: false, jobs: idsWhere(reports, (i) => answers[i] !== "lost") });
  return answers;
}

/** Reports of different jobs, and no word to the listeners. */
export async function reportRound(db: Db, round: readonly contract.Report[]): Promise<contract.HoldAnswer[]> {
  const told = sorted(round.filter(({ jobId }) => isId(jobId)));
  const lines = told.flatMap(({ jobId, fence, logs = [] }) => logs.map((line) => ({ ...line, jobId, fence })));
  const has = (pick: (told: contract.Report) => unknown) =>
    plain(told, (item) => (pick(item) === undefined ? null : true));
  const rows = await db.run(db.sql.report, [
    db.now(),
    plain(told, ({ jobId }) => jobId),
    plain(told, ({ fence }) => fence),
    texts(told, ({ stage }) => stage),
    plain(told, ({ percent }) => percent),
    has(({ done }) => done),
    plain(told, ({ done }) => done),
    has(({ total }) => total),
    plain(told, ({ total }) => total),
    has(({ message }) => message),
    texts(told, ({ message }) => message),
    plain(told, (item) => (isProgress(item) ? true : null)),
    plain(lines, ({ jobId }) => jobId),
    plain(lines, ({ fence }) => fence),
    texts(lines, ({ message }) => message),
    texts(lines, ({ fields }) => fields),
  ]);
  return holdAnswers(round, rows);
}

/** Whether a report says anything of progress; log lines alone are none. */
function isProgress({ stage, percent, done, total, message }: contract.Report): boolean {
  return [stage, percent, done, total, message].some((part) => part !== undefined);
}

function holdAnswers(leases: readonly contract.LeaseRef[], rows: readonly Row[]): contract.HoldAnswer[] {
  const held = new Map(rows.map((row) => [`${row["job_id"]} ${row["fence"]}`, row["cancel"] === true]));
  return leases.map(({ jobId, fence }) => {
    const cancel = held.get(`${jobId.toLowerCase()} ${fence}`);
    return cancel === undefined ? "lost" : cancel ? "cancelRequested" : "held";
  });
}

export async function settle(db: Db, settlements: readonly contract.Settlement[]): Promise<contract.SettleAnswer[]> {
  let waiting = false;
  // Without keys, completions make nothing claimable; so what they tell can go along with them.
  const isPlain = !keyed.has(db) && settlements.every(({ outcome }) => outcome.type === "completed");
  const note = isPlain ? db.hints.carry({ waiting, jobs: settlements.map(({ jobId }) => jobId) }) : null;
  const answers = await inRounds(settlements, async (round) => {
    const told = await settleRound(db, round, note);
    waiting ||= told.waiting;
    return told.answers;
  });
  settlements.forEach((settlement, i) => {
    if (answers[i]?.answer === "settled") db.claims.ended(settlement);
  });
  if (waiting) db.marks.clear();
  const hint = { waiting, jobs: idsWhere(settlements, (i) => answers[i]?.answer === "settled") };
  if (note === null || waiting) db.hints.tell(hint);
  else db.hints.tellHere(hint);
  return answers;
}

export interface Settled {
  readonly answers: contract.SettleAnswer[];
  /** Something may be claimable now: a job that waits again, or one whose key has a free slot. */
  readonly waiting: boolean;
}

/** Settlements of different jobs, and no word to the listeners but the message they are given. */
export async function settleRound(
  db: Db,
  round: readonly contract.Settlement[],
  note: Note | null = null,
): Promise<Settled> {
  const strangers = new Set(round.filter(({ jobId }) => !isId(jobId)));
  const known = strangers.size === 0 ? round : round.filter((settlement) => !strangers.has(settlement));
  const completed = known.filter(({ outcome }) => outcome.type === "completed");
  const others = known.filter(({ outcome }) => outcome.type !== "completed");
  const [told, ended] = await Promise.all([complete(db, completed, note), end(db, sorted(others))]);
  const rows = byJob(ended);
  const settledAs = (settlement: contract.Settlement): contract.SettleAnswer | undefined => {
    const { jobId, outcome } = settlement;
    if (strangers.has(settlement)) return undefined;
    if (outcome.type === "completed") return told.answerFor(jobId);
    const row = rows.get(jobId.toLowerCase());
    return row && { answer: "settled", status: row["status"] as JobStatus, late: row["late"] === true };
  };
  const refused = round.filter((settlement) => settledAs(settlement) === undefined);
  const refusals = await judgeAll(db, refused);
  return {
    answers: round.map((settlement) => settledAs(settlement) ?? refusals.get(settlement)!),
    waiting: told.freed || ended.some((row) => row["freed"] === true || !isTerminalStatus(row["status"] as JobStatus)),
  };
}

async function judgeAll(
  db: Db,
  refused: readonly contract.Settlement[],
): Promise<Map<contract.Settlement, contract.SettleAnswer>> {
  const told = await storiesFor(
    db,
    refused.map(({ jobId }) => jobId),
  );
  const answers = refused.map((settlement) => judge(db, settlement, told.get(settlement.jobId.toLowerCase())));
  return new Map((await Promise.all(answers)).map((answer, i) => [refused[i]!, answer]));
}

interface Completed {
  /** Undefined when it was refused. */
  readonly answerFor: (jobId: string) => contract.SettleAnswer | undefined;
  /** A job gave back the slot of its key. */
  readonly freed: boolean;
}

const COMPLETED: contract.SettleAnswer = { answer: "settled", status: "completed", late: false };
const COMPLETED_LATE: contract.SettleAnswer = { ...COMPLETED, late: true };

/** Most go the short way. Those it left alone are late, or asked to stop, or have a key, or are refused. */
async function complete(db: Db, items: readonly contract.Settlement[], note: Note | null): Promise<Completed> {
  if (items.length === 0) return { answerFor: () => undefined, freed: false };
  const [plainly] = await db.run(
    db.sql.complete,
    [...completions(db, items), note?.channel ?? null, note?.payload ?? null],
    true,
  );
  if (plainly!["settled"] === items.length) return { answerFor: () => COMPLETED, freed: false };
  const done = idsIn(plainly!["those"]);
  const others = items.filter(({ jobId }) => !done.has(jobId.toLowerCase()));
  const [row] = await db.run(db.sql.completeAny, completions(db, others), true);
  const [any, late] = [idsIn(row!["those"]), idsIn(row!["late"])];
  return {
    freed: row!["freed"] === true,
    answerFor: (given) => {
      const jobId = given.toLowerCase();
      if (late.has(jobId)) return COMPLETED_LATE;
      return done.has(jobId) || any.has(jobId) ? COMPLETED : undefined;
    },
  };
}

/** The parameters of both ways to complete. */
function completions(db: Db, items: readonly contract.Settlement[]): unknown[] {
  const fence = items[0]!.fence;
  const isCommon = items.every((item) => item.fence === fence);
  const byId = (entries: (readonly [string, unknown])[]): string | null =>
    entries.length === 0 ? null : JSON.stringify(Object.fromEntries(entries));
  const results = items.flatMap(({ jobId, outcome }) =>
    outcome.type === "completed" && outcome.result !== null ? [[jobId.toLowerCase(), outcome.result] as const] : [],
  );
  return [
    db.now(),
    plain(items, ({ jobId }) => jobId),
    isCommon ? fence : null,
    isCommon ? null : byId(items.map((item) => [item.jobId.toLowerCase(), item.fence])),
    byId(results),
  ];
}

/** The ids of a text that lists them. */
function idsIn(list: unknown): ReadonlySet<string> {
  return new Set(typeof list === "string" ? list.split(",") : []);
}

async function end(db: Db, items: readonly contract.Settlement[]): Promise<Row[]> {
  if (items.length === 0) return [];
  const waitOf = ({ outcome }: contract.Settlement): number | null => {
    const ms = outcome.type === "snoozed" ? outcome.inMs : outcome.type === "failed" ? outcome.retryInMs : null;
    if (ms !== null) db.due.note(ms);
    return ms === null ? null : Math.round(ms);
  };
  const failureOf = ({ outcome }: contract.Settlement) => (outcome.type === "failed" ? outcome.failure : null);
  return db.run(
    db.sql.settle,
    [
      db.now(),
      plain(items, ({ jobId }) => jobId),
      plain(items, ({ fence }) => fence),
      texts(items, ({ outcome }) => outcome.type),
      plain(items, waitOf),
      texts(items, (item) => {
        const failure = failureOf(item);
        return failure === null ? null : JSON.stringify(failure.public);
      }),
      texts(items, (item) => failureOf(item)?.detail),
    ],
    true,
  );
}

/** Why a settlement was refused, by what is written of the attempt; see core/settle-rules.ts. */
async function judge(
  db: Db,
  settlement: contract.Settlement,
  story: Story | undefined,
): Promise<contract.SettleAnswer> {
  if (story === undefined) return { answer: "lost", status: null };
  const { facts, trail } = story;
  const { status, fence, lastWorkerId, recorded } = facts;
  const endingOfThatFence = endingOf(trail, settlement.fence);
  const answer = judgeRefusal(settlement, { status, fence, endingOfThatFence });
  if (answer === "conflict") {
    const { outcome, jobId } = settlement;
    // Whoever told the first ending tells this one; the job itself may have forgotten them, when it waited since.
    const actor = endingOfThatFence?.actor ?? workerActor(lastWorkerId ?? "", recorded);
    const error = outcome.type === "failed" ? JSON.stringify(outcome.failure.public) : null;
    await db.run(db.sql.remark, [db.now(), jobId, settlement.fence, actor, conflictReason(outcome), error]);
  }
  // "illegal" and the rest name the status that the refusal left as it was.
  return { answer, status } as contract.SettleAnswer;
}

export async function sweep(db: Db, limit: number): Promise<contract.Swept> {
  const [overdue] = await db.run(db.sql.overdue, [db.now()], true);
  const rescued = overdue?.["lost"] === true ? await rescue(db, limit) : [];
  // What was taken back may be out of time as well.
  const mayExpire = overdue?.["expired"] === true || rescued.length > 0;
  const expired = mayExpire ? (await db.run(db.sql.expire, [db.now(), limit])).map(sweptOf) : [];
  if (rescued.length > 0) db.marks.clear();
  // What expired held nothing that others wait for.
  db.hints.tell({ waiting: rescued.length > 0, jobs: [...rescued, ...expired].map(({ jobId }) => jobId) });
  // The server's clock rules, and a server whose clock jumps is beyond our watching.
  return { rescued, expired, paused: false };
}

async function rescue(db: Db, limit: number): Promise<contract.SweptJob[]> {
  const nobody = { jobId: "", fence: 0 };
  const [lost, poisoned] = [lostFailure(nobody, false), lostFailure(nobody, true)];
  const sentences = [lost.code, lost.message, poisoned.code, poisoned.message];
  return (await db.run(db.sql.rescue, [db.now(), limit, ...sentences, POISON_LIMIT])).map(sweptOf);
}

function sweptOf(row: Row): contract.SweptJob {
  return {
    jobId: row["job_id"] as string,
    kind: row["kind"] as string,
    fence: row["fence"] as number,
    to: row["status"] as contract.SweptJob["to"],
  };
}

export function idsWhere(items: readonly { readonly jobId: string }[], holds: (index: number) => boolean): string[] {
  return items.filter((_, i) => holds(i)).map(({ jobId }) => jobId);
}
