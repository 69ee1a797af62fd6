/**
 * T1 and T2 in PostgreSQL. Keys first, then the id. Within one batch a key can be asked for twice: the second asker is
 * answered by what became of the first, so that a statement never races with itself.
 */
import { assertMaxAttempts } from "../../core/define-job.js";
import { WaymarkError } from "../../core/errors.js";
import type { EnqueueAnswer, EnqueuedFacts, NewJob } from "../../core/store.js";
import { plain, texts } from "./arrays.js";
import { byJob, type Db, isId } from "./db.js";
import type { Row, SqlExecutor } from "./driver.js";
import { isTaken } from "./failures.js";
import type { Note } from "./hints.js";
import { learnLanes, prepareLanes } from "./lanes.js";
import type { Statement } from "./sql.js";

/** How often a lost race for a key is run again: each time somebody else has won one. */
const RACES = 50;

/** Whether a job may have to wait for somebody else's transaction. */
export function isKeyed({ uniqueKey, idempotencyKey }: NewJob): boolean {
  return uniqueKey !== null || idempotencyKey !== null;
}

/** @param mayRace  whether it can end in a unique violation */
type RunInsert = (statement: Statement, params: unknown[], mayRace: boolean) => Promise<Row[]>;

/** @throws {WaymarkError} `invalid_job_id`, `invalid_option` */
export function checkJobs(jobs: readonly NewJob[]): void {
  for (const { jobId, parentId, rerunOf, maxAttempts } of jobs) {
    assertMaxAttempts(maxAttempts);
    for (const id of [jobId, parentId, rerunOf]) {
      if (id !== null && !isId(id)) throw new WaymarkError("invalid_job_id", { given: JSON.stringify(id) });
    }
  }
}

/** In a transaction of the store's own. */
export async function enqueue(db: Db, jobs: readonly NewJob[]): Promise<EnqueueAnswer[]> {
  await prepare(db, jobs);
  const note = db.hints.carry({ waiting: true, jobs: jobs.map(({ jobId }) => jobId) }, "new");
  const answers = await inWaves(jobs, (wave) => insert(db, wave, note));
  const created = {
    waiting: true,
    jobs: answers.flatMap((answer) => (answer.answer === "created" ? answer.jobId : [])),
  };
  if (note === null) db.hints.tell(created, "new");
  else db.hints.tellHere(created);
  return answers;
}

/**
 * In the caller's transaction: one statement at a time. A lost race for a key must not cost them the transaction, so keyed
 * jobs go in behind a savepoint.
 */
export async function enqueueWithin(db: Db, jobs: readonly NewJob[], tx: SqlExecutor): Promise<EnqueueAnswer[]> {
  await prepare(db, jobs);
  const run = async (statement: Statement, columns: unknown[], mayRace: boolean): Promise<Row[]> => {
    // They are told once, at the end.
    const params = [...columns, null, null];
    if (!mayRace) return (await tx.query(statement.text, params)).rows;
    await tx.query("savepoint waymark_enqueue");
    try {
      const { rows } = await tx.query(statement.text, params);
      await tx.query("release savepoint waymark_enqueue");
      return rows;
    } catch (error) {
      await tx.query("rollback to savepoint waymark_enqueue");
      if (isTaken(error)) await refuseOldSnapshot(tx, error);
      throw error;
    }
  };
  const answers = await inWaves(jobs, (wave) => insertCarefully(db, wave, run));
  const created = answers.flatMap((answer) => (answer.answer === "created" ? [answer.jobId] : []));
  const note = db.hints.noteFor({ waiting: true, jobs: created }, "new");
  if (created.length > 0 && note !== null) await tx.query("select pg_notify($1, $2)", [note.channel, note.payload]);
  return answers;
}

/** Such a transaction never sees who won the race for the key, so running the statement again cannot help. */
async function refuseOldSnapshot(tx: SqlExecutor, cause: unknown): Promise<void> {
  const { rows } = await tx.query("select current_setting('transaction_isolation') as level");
  const level = String(rows[0]?.["level"]).toUpperCase();
  if (level !== "REPEATABLE READ" && level !== "SERIALIZABLE") return;
  const problem =
    `another transaction took a key of this enqueue meanwhile, which a ${level} transaction cannot see; ` +
    "use READ COMMITTED, or begin the transaction anew";
  throw new WaymarkError("transaction_not_supported", { problem }, { cause });
}

async function inWaves(
  jobs: readonly NewJob[],
  enter: (wave: readonly NewJob[]) => Promise<EnqueueAnswer[]>,
): Promise<EnqueueAnswer[]> {
  const answers: EnqueueAnswer[] = new Array(jobs.length);
  let left = jobs.map((_, index) => index);
  while (left.length > 0) {
    const wave = new Wave();
    const later = left.filter((index) => !wave.take(jobs[index]!, index));
    const told = await enter(wave.indexes.map((index) => jobs[index]!));
    wave.indexes.forEach((index, i) => {
      answers[index] = told[i]!;
    });
    left = later.filter((index) => {
      const answer = wave.answerFor(jobs, jobs[index]!, answers);
      if (answer === null) return true;
      answers[index] = answer;
      return false;
    });
  }
  return answers;
}

/** Jobs of one statement: no two of them share an id or a key. */
class Wave {
  readonly indexes: number[] = [];
  readonly #ids = new Map<string, number>();
  readonly #unique = new Map<string, number>();
  readonly #idempotent = new Map<string, number>();

  take(job: NewJob, index: number): boolean {
    const unique = ownedKey(job.owner, job.uniqueKey);
    const idempotent = ownedKey(job.owner, job.idempotencyKey);
    const jobId = job.jobId.toLowerCase();
    if (this.#ids.has(jobId)) return false;
    if (unique !== null && this.#unique.has(unique)) return false;
    if (idempotent !== null && this.#idempotent.has(idempotent)) return false;
    this.#ids.set(jobId, index);
    if (unique !== null) this.#unique.set(unique, index);
    if (idempotent !== null) this.#idempotent.set(idempotent, index);
    this.indexes.push(index);
    return true;
  }

  /** What the job that was in the way makes of a later one; null when it takes another look. */
  answerFor(jobs: readonly NewJob[], job: NewJob, answers: readonly EnqueueAnswer[]): EnqueueAnswer | null {
    const idempotent = ownedKey(job.owner, job.idempotencyKey);
    if (idempotent !== null) {
      const first = this.#idempotent.get(idempotent);
      const answer = first === undefined ? undefined : answers[first];
      if (answer?.answer === "known") return answer;
      return answer?.answer === "created" ? { ...answer, answer: "known", payload: jobs[first!]!.payload } : null;
    }
    const sameId = this.#ids.get(job.jobId.toLowerCase());
    if (sameId !== undefined) {
      return answers[sameId]?.answer === "created" ? { answer: "exists", jobId: job.jobId } : null;
    }
    const first = this.#unique.get(ownedKey(job.owner, job.uniqueKey) ?? "");
    const answer = first === undefined ? undefined : answers[first];
    if (answer?.answer === "duplicate") return answer;
    return answer?.answer === "created" ? { ...answer, answer: "duplicate" } : null;
  }
}

/** Keys belong to an owner; jobs without an owner share one scope. */
function ownedKey(owner: string | null, key: string | null): string | null {
  return key === null ? null : JSON.stringify([owner, key]);
}

/** Jobs without keys go the short way, on which a taken id undoes the statement; the long one then tells which it was. */
async function insert(db: Db, jobs: readonly NewJob[], note: Note | null): Promise<EnqueueAnswer[]> {
  const message = note === null ? [null, null] : [note.channel, note.payload];
  const run: RunInsert = (statement, params) => db.run(statement, [...params, ...message]);
  if (jobs.some(isKeyed)) return insertCarefully(db, jobs, run);
  const alike = areAlike(jobs);
  if (alike && jobs.length === 1) return insertLone(db, jobs, message, run);
  const sent = alike
    ? run(db.sql.enqueueAlike, alikeColumns(db, jobs), true)
    : run(db.sql.enqueue, columnsOf(db, jobs), true);
  const rows = await sent.catch((error: unknown) => {
    if (isTaken(error)) return null;
    throw error;
  });
  if (rows === null || rows[0]?.["is_known"] === true) return insertCarefully(db, jobs, run);
  if (alike)
    return jobs.map(({ jobId, kind, queue }) => ({ answer: "created", jobId, kind, queue, scheduledAt: null }));
  const scheduled = byJob(rows.filter((row) => row["job_id"] !== null));
  return jobs.map(({ jobId, kind, queue }): EnqueueAnswer => {
    const row = scheduled.get(jobId.toLowerCase());
    if (row !== undefined) db.due.note(Number(row["due_in"]));
    return { answer: "created", jobId, kind, queue, scheduledAt: row ? Math.round(Number(row["scheduled_at"])) : null };
  });
}

async function insertLone(
  db: Db,
  jobs: readonly NewJob[],
  message: readonly (string | null)[],
  run: RunInsert,
): Promise<EnqueueAnswer[]> {
  const [{ jobId, kind, queue, owner, priority, maxAttempts, payload }] = jobs as readonly [NewJob];
  const params = [db.now(), jobId, payload, db.lanes.idOf({ kind, queue }), owner, priority, maxAttempts, ...message];
  try {
    const rows = await db.driver.runRaw(db.sql.enqueueLone, params);
    if (rows.length > 0) return [{ answer: "created", jobId, kind, queue, scheduledAt: null }];
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  return insertCarefully(db, jobs, run);
}

/** Whether they differ in id and payload alone, and have nothing that only some jobs have. */
function areAlike(jobs: readonly NewJob[]): boolean {
  const { kind, queue, owner, priority, maxAttempts } = jobs[0]!;
  return jobs.every(
    (job) =>
      job.kind === kind &&
      job.queue === queue &&
      job.owner === owner &&
      job.priority === priority &&
      job.maxAttempts === maxAttempts &&
      job.runAt === null &&
      job.expiresInMs === null &&
      job.metadata === null &&
      job.concurrencyKey === null &&
      job.parentId === null &&
      job.rerunOf === null &&
      !job.recorded,
  );
}

function alikeColumns(db: Db, jobs: readonly NewJob[]): unknown[] {
  const { owner, priority, maxAttempts } = jobs[0]!;
  const ids = plain(jobs, (job) => job.jobId);
  return [db.now(), ids, texts(jobs, (job) => job.payload), db.lanes.idOf(jobs[0]!), owner, priority, maxAttempts];
}

/** Jobs of any sort, each with its own answer. */
async function insertCarefully(db: Db, jobs: readonly NewJob[], run: RunInsert): Promise<EnqueueAnswer[]> {
  const params = columnsOf(db, jobs);
  const mayRace = jobs.some(isKeyed);
  const rows = await race(() => run(db.sql.enqueueKeyed, params, mayRace));
  await learnLanes(
    db,
    rows.map((row) => row["lane_id"] as number),
  );
  const found = byJob(rows);
  return jobs.map((job): EnqueueAnswer => {
    const row = found.get(job.jobId.toLowerCase());
    if (row === undefined) return { answer: "exists", jobId: job.jobId };
    if (row["due_in"] !== null) db.due.note(Number(row["due_in"]));
    const facts: EnqueuedFacts = {
      jobId: (row["other_id"] as string | null | undefined) ?? job.jobId,
      ...db.lanes.byId(row["lane_id"] as number),
      scheduledAt: row["scheduled_at"] === null ? null : Math.round(Number(row["scheduled_at"])),
    };
    switch (row["answer"]) {
      case "known":
        return { answer: "known", payload: row["payload"] as string, ...facts };
      case "duplicate":
        return { answer: "duplicate", ...facts };
      case "exists":
        return { answer: "exists", jobId: job.jobId };
      default:
        return { answer: "created", ...facts };
    }
  });
}

async function race<T>(run: () => Promise<T>): Promise<T> {
  for (let lost = 1; ; lost++) {
    try {
      return await run();
    } catch (error) {
      if (!isTaken(error) || lost >= RACES) throw error;
    }
  }
}

function columnsOf(db: Db, jobs: readonly NewJob[]): unknown[] {
  return [
    db.now(),
    plain(jobs, (job) => job.jobId),
    plain(jobs, (job) => db.lanes.idOf(job)),
    texts(jobs, (job) => job.owner),
    plain(jobs, (job) => job.priority),
    plain(jobs, (job) => (job.runAt !== null && "inMs" in job.runAt ? Math.round(job.runAt.inMs) : null)),
    plain(jobs, (job) => (job.runAt !== null && "at" in job.runAt ? Math.round(job.runAt.at) : null)),
    plain(jobs, (job) => (job.expiresInMs === null ? null : Math.round(job.expiresInMs))),
    plain(jobs, (job) => job.maxAttempts),
    texts(jobs, (job) => job.payload),
    texts(jobs, (job) => job.metadata),
    texts(jobs, (job) => job.uniqueKey),
    texts(jobs, (job) => job.idempotencyKey),
    texts(jobs, (job) => job.concurrencyKey),
    plain(jobs, (job) => job.concurrencyLimit),
    plain(jobs, (job) => job.parentId),
    plain(jobs, (job) => job.rerunOf),
    plain(jobs, (job) => (job.recorded ? true : null)),
  ];
}

/**
 * Lanes and limits are said before the jobs, in a statement of their own: inside a long transaction of the caller's they
 * would hold up everybody else, and a rolled-back lane must not be taken for a known one. Neither does harm without a job.
 */
async function prepare(db: Db, jobs: readonly NewJob[]): Promise<void> {
  await prepareLanes(db, jobs);
  const limits = new Map<string, number>();
  for (const { concurrencyKey, concurrencyLimit } of jobs) {
    // The newest decides.
    if (concurrencyKey !== null) limits.set(concurrencyKey, concurrencyLimit ?? 1);
  }
  if (limits.size === 0) return;
  const asked = [...limits];
  await db.run(db.sql.saveLimits, [texts(asked, ([key]) => key), plain(asked, ([, slots]) => slots)], true);
}
