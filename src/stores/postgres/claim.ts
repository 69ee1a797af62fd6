/** T4 in PostgreSQL: jobs are handed out, from the front of each lane; what falls due is let into the line first. */
import type * as contract from "../../core/store.js";
import { plain, texts } from "./arrays.js";
import type { Db } from "./db.js";
import { keyed } from "./keyed.js";
import type { Mark } from "./line-marks.js";
import { type Taken, takenOf } from "./rows.js";

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
    const from = keyed.has(db) ? [] : db.marks.begin();
    const askedAt = db.clock.monotonic();
    const { rest, taken, reached, lanes, leaseExpiresAt } = await take(db, request, request.limit - jobs.length, from);
    const tookMs = db.clock.monotonic() - askedAt;
    jobs.push(...taken);
    db.lanes.metByName(lanes);
    db.claims.note(rest.claimIds, taken);
    const isFull = jobs.length >= request.limit;
    const at = leaseExpiresAt - request.leaseMs;
    if (!keyed.has(db)) db.marks.moved({ ...request, from, reached, isFull, at, tookMs, jobs: taken.length });
    const dueInMs = rest.dueIn === null ? null : Math.max(0, Math.round(rest.dueIn));
    if (dueInMs !== null && dueInMs > 0) db.due.note(dueInMs);
    nextDueInMs = dueInMs;
    if (rest.more) nextDueInMs = isFull ? 0 : sooner(nextDueInMs, HELD_MS);
    if (isFull) break;
    const restLeftMs = from.length === 0 ? 0 : db.marks.restLeftMs;
    if (restLeftMs > 0) nextDueInMs = sooner(nextDueInMs, Math.ceil(restLeftMs));
    // Short, though jobs were due: they had not been let into the line, or a key let only some of those met go.
    if (dueInMs === 0) await promote(db);
    else if (rest.refused === 0 && (from.length === 0 || restLeftMs > 0)) break;
  }
  lastWasFull.set(db, jobs.length >= request.limit);
  db.hints.tellSoon({ waiting: false, jobs: jobs.map((job) => job.jobId), began: true }, "over");
  if (jobs.length > 0) db.guard.leased(request.leaseMs, { monotonic: db.clock.monotonic() });
  return { jobs, nextDueInMs };
}

function sooner(a: number | null, b: number): number {
  return a === null ? b : Math.min(a, b);
}

async function take(db: Db, request: contract.ClaimRequest, limit: number, marks: readonly Mark[]): Promise<Taken> {
  const { workerId, kinds, queues, leaseMs } = request;
  const places = queues === null ? null : texts(queues, (queue) => queue);
  const over = plain(db.claims.takeOver(), (claimIds) => claimIds);
  const params = [db.now(), workerId, texts(kinds, (kind) => kind), places, limit, leaseMs, over];
  if (!keyed.has(db)) {
    const from = [
      texts(marks, ({ queue }) => queue),
      texts(marks, ({ kind }) => kind),
      plain(marks, ({ priority }) => priority),
      plain(marks, ({ runAt }) => runAt),
      plain(marks, ({ jobId }) => jobId),
      db.marks.isDear,
    ];
    const probe = db.probe();
    const carried = [probe?.note.channel ?? null, probe?.note.payload ?? null];
    const taken = takenOf(await db.driver.runRaw(db.sql.claim, [...params, ...from, ...carried]));
    probe?.sent();
    if (!taken.rest.hasKeys) return taken;
    keyed.add(db);
  }
  return takenOf(await db.driver.runRaw(db.sql.claimKeyed, params));
}

async function promote(db: Db): Promise<void> {
  const [row] = await db.run(db.sql.promote, [db.now(), PROMOTED], true);
  const dueIn = (row?.["due_in"] as number | null | undefined) ?? null;
  const moved = Number(row?.["moved"] ?? 0);
  if (moved > 0) db.marks.cameIn(Math.round(Number(row?.["since"])));
  db.due.looked(moved >= PROMOTED ? 0 : dueIn);
}
