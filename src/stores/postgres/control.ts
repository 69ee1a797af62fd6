/** What people and retention do, in PostgreSQL: cancel, retry, remove, purge. */
import type { Tombstone } from "../../core/job.js";
import { isTerminalStatus, type JobStatus } from "../../core/lifecycle.js";
import type { CancelRequest, ControlAnswer, PurgeRequest, RemoveRequest, RetryRequest } from "../../core/store.js";
import { plain, texts } from "./arrays.js";
import { byJob, type Db, idsWhere, inRounds, isId, sorted } from "./db.js";
import type { Row } from "./driver.js";
import { isTaken } from "./failures.js";
import { forgetDurations } from "./learned.js";
import { statusById, stonesOf } from "./reading.js";
import { tombstoneOf } from "./rows.js";

/** A job can move between two looks at it; this many times it is looked at again. */
const LOOKS = 5;
/** Tombstones that one purge removes at most, for each job it may remove. */
const STONES_A_JOB = 10;

interface Asked {
  readonly jobId: string;
  readonly owner?: string;
}

/** What one look made of its requests; `moved` has those whose job was elsewhere by then, with what to say at last. */
interface Looked {
  readonly answers: ReadonlyMap<string, ControlAnswer>;
  readonly moved: ReadonlyMap<string, ControlAnswer>;
}

export async function cancel(db: Db, requests: readonly CancelRequest[]): Promise<ControlAnswer[]> {
  // A job taken from its holder frees the slot of its key.
  const frees = requests.some(({ force }) => force);
  return control(db, requests, frees, async (round) => {
    const rows = await db.run(db.sql.cancel, [
      db.now(),
      plain(round, ({ jobId }) => jobId),
      texts(round, ({ owner }) => owner),
      texts(round, ({ actor }) => actor),
      texts(round, ({ reason }) => reason),
      texts(round, ({ requestId }) => requestId),
      plain(round, ({ force }) => force),
    ]);
    const moved = byJob(rows);
    return answersOf(
      db,
      round,
      (request, status) => {
        const row = moved.get(request.jobId.toLowerCase());
        switch (row?.["event"]) {
          case "asked_before":
            return { answer: "replayed", status: "processing" };
          case "request_cancel":
            return { answer: "requested", status: "processing" };
          case "cancel":
          case "force_cancel":
            return { answer: "done", status: "cancelled" };
        }
        if (status === "cancelled") return { answer: "replayed", status };
        return status === "completed" || status === "failed" || status === "expired"
          ? { answer: "illegal", status }
          : null;
      },
      (request) => moved.has(request.jobId.toLowerCase()),
    );
  });
}

export async function retry(db: Db, requests: readonly RetryRequest[]): Promise<ControlAnswer[]> {
  return control(db, requests, true, async (round) => {
    const moved = byJob(await retryRows(db, round));
    const rest = round.filter(({ jobId }) => !moved.has(jobId.toLowerCase()));
    const unfinished = byJob(
      rest.length === 0
        ? []
        : await db.run(db.sql.retried, [
            plain(rest, ({ jobId }) => jobId),
            texts(rest, ({ owner }) => owner),
            texts(rest, ({ requestId }) => requestId),
          ]),
    );
    return answersOf(
      db,
      round,
      (request, status) => {
        const row = moved.get(request.jobId.toLowerCase());
        if (row !== undefined) return retryAnswer(row);
        const live = unfinished.get(request.jobId.toLowerCase());
        if (live === undefined) return status === null ? { answer: "notFound" } : null;
        const now = live["status"] as JobStatus;
        return live["replayed"] === true ? { answer: "replayed", status: now } : { answer: "illegal", status: now };
      },
      (request) => moved.has(request.jobId.toLowerCase()) || unfinished.has(request.jobId.toLowerCase()),
    );
  });
}

/** A lost race for a unique key undoes the statement; then the winner is found. */
async function retryRows(db: Db, round: readonly RetryRequest[]): Promise<Row[]> {
  for (let look = 1; ; look++) {
    try {
      return await db.run(db.sql.retry, [
        db.now(),
        plain(round, ({ jobId }) => jobId),
        texts(round, ({ owner }) => owner),
        texts(round, ({ actor }) => actor),
        texts(round, ({ requestId }) => requestId),
        plain(round, ({ onlyRetryable }) => onlyRetryable),
        plain(round, ({ maxGenerations }) => maxGenerations),
      ]);
    } catch (error) {
      if (!isTaken(error) || look >= LOOKS) throw error;
    }
  }
}

function retryAnswer(row: Row): ControlAnswer {
  const status = row["status"] as JobStatus;
  switch (row["answer"]) {
    case "done":
      return { answer: "done", status: "pending" };
    case "unique":
      return { answer: "uniqueConflict", jobId: row["same_id"] as string };
    case "error":
    case "generations":
      return { answer: "notRetryable", status, reason: row["answer"] };
    case "replayed":
      return { answer: "replayed", status };
    default:
      return { answer: "illegal", status };
  }
}

export async function remove(db: Db, requests: readonly RemoveRequest[]): Promise<ControlAnswer[]> {
  return control(db, requests, false, async (round) => {
    const gone = byJob(await bury(db, round));
    const rest = round.filter(({ jobId }) => !gone.has(jobId.toLowerCase()));
    const stones = await stonesOf(
      db,
      rest.map(({ jobId, owner }) => ({ jobId, owner: owner ?? null })),
    );
    return answersOf(
      db,
      round,
      (request, status) => {
        const row = gone.get(request.jobId.toLowerCase());
        if (row !== undefined) return { answer: "done", status: row["status"] as JobStatus };
        const stone = stones.get(request.jobId.toLowerCase());
        if (stone !== undefined) return { answer: "replayed", status: stone.status };
        return status === null || isTerminalStatus(status) ? null : { answer: "illegal", status };
      },
      (request) => gone.has(request.jobId.toLowerCase()) || stones.has(request.jobId.toLowerCase()),
    );
  });
}

/** @param jobs  with a generation, only those that are still in it */
function bury(db: Db, jobs: readonly (Asked & { readonly generation?: number })[]): Promise<Row[]> {
  return db.run(db.sql.bury, [
    db.now(),
    plain(jobs, ({ jobId }) => jobId),
    texts(jobs, ({ owner }) => owner),
    plain(jobs, ({ generation }) => generation),
  ]);
}

export async function purge(db: Db, request: PurgeRequest): Promise<Tombstone[]> {
  const { rules, limit, tombstoneMs } = request;
  await db.run(db.sql.forget, [db.now(), tombstoneMs, Math.max(limit, 1) * STONES_A_JOB], true);
  await forgetDurations(db);
  if (rules.length === 0 || limit <= 0) return [];
  const doomed = await db.run(db.sql.doomed, [
    db.now(),
    limit,
    texts(rules, ({ status }) => status),
    plain(rules, ({ olderThanMs }) => olderThanMs),
    plain(rules, ({ keep }) => keep),
  ]);
  if (doomed.length === 0) return [];
  const found = doomed.map((row) => ({ jobId: row["job_id"] as string, generation: row["generation"] as number }));
  const stones = (await bury(db, sorted(found))).map(tombstoneOf);
  db.hints.tell({ waiting: false, jobs: stones.map(({ jobId }) => jobId) });
  return stones;
}

/**
 * Rounds, order, ids that cannot be, and the word to the listeners: alike for every request of a person.
 *
 * @param waiting  whether something may be claimable afterwards
 */
async function control<T extends Asked>(
  db: Db,
  requests: readonly T[],
  waiting: boolean,
  act: (round: readonly T[]) => Promise<Looked>,
): Promise<ControlAnswer[]> {
  const answers = await inRounds(requests, async (round) => {
    const told = new Map<string, ControlAnswer>();
    let left = sorted(round.filter(({ jobId }) => isId(jobId)));
    for (let look = 1; left.length > 0; look++) {
      const { answers, moved } = await act(left);
      for (const [jobId, answer] of look < LOOKS ? answers : [...answers, ...moved]) told.set(jobId, answer);
      left = left.filter(({ jobId }) => !told.has(jobId));
    }
    return round.map(({ jobId }): ControlAnswer => told.get(jobId) ?? { answer: "notFound" });
  });
  const changed = (i: number): boolean => answers[i]?.answer === "done" || answers[i]?.answer === "requested";
  // A job that waits again may stand anywhere in the line.
  if (waiting) db.marks.stale();
  db.lone.forget();
  db.hints.tell({ waiting, jobs: idsWhere(requests, changed) });
  return answers;
}

/**
 * Answers by the statement's rows, and where it had none, by a look at the job: it is finished, unknown, or it moved in
 * between (it is there, and `answer` gives null), and then all of it is done again.
 */
async function answersOf<T extends Asked>(
  db: Db,
  round: readonly T[],
  answer: (request: T, status: JobStatus | null) => ControlAnswer | null,
  isAnswered: (request: T) => boolean,
): Promise<Looked> {
  const rest = round.filter((request) => !isAnswered(request));
  const found = await statusById(
    db,
    rest.map(({ jobId, owner }) => ({ jobId, owner: owner ?? null })),
  );
  const answers = new Map<string, ControlAnswer>();
  const moved = new Map<string, ControlAnswer>();
  for (const request of round) {
    const status = found.get(request.jobId.toLowerCase()) ?? null;
    const told = answer(request, status);
    if (told !== null) answers.set(request.jobId, told);
    else if (status === null) answers.set(request.jobId, { answer: "notFound" });
    else moved.set(request.jobId, { answer: "illegal", status });
  }
  return { answers, moved };
}
