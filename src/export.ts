/**
 * Tells everything a store holds, line by line, over the reads of the contract alone, so that any store can be exported
 * and audited. Memory stays small: one page of jobs at a time. Workers may run meanwhile: each job is told as it stood
 * at one moment, jobs enqueued after the start are left out.
 */
import { createHash } from "node:crypto";
import type { ExportedValue, ExportLine, Instant, JobLine } from "./core/export-format.js";
import type { JobRecord, Tombstone } from "./core/job.js";
import type { CallbackRecord, Store } from "./core/store.js";
import { attemptsOf, type TrailEvent } from "./core/trail.js";

export interface ExportOptions {
  /** Tell payloads and results themselves beside their digests. Default false: they may be private. */
  readonly includePayload?: boolean;
}

const PAGE = 200;
const PURGE_PAGE = 1_000;
/** Looks at a job that moves between the read of its record and of its trail. Past it something else is wrong. */
const LOOKS = 50;

/**
 * The lines of an export: for each job, newest first, the job, its events, its attempts and the callbacks that were
 * applied; then the purged jobs by id.
 * A job purged during the export may be told twice, as a job and as purged; never not at all.
 *
 * @throws {WaymarkError} `store_unavailable`
 */
export async function* exportStore(
  store: Store,
  { includePayload = false }: ExportOptions = {},
): AsyncGenerator<ExportLine, void, void> {
  for (let before: string | undefined; ; ) {
    const page = await store.list({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    const last = page.at(-1);
    if (last === undefined) break;
    for (const { job, trail, callbacks } of await consistent(
      store,
      page.map(({ jobId }) => jobId),
    )) {
      yield jobLine(job, includePayload);
      for (const row of trail) yield eventLine(row);
      for (const { jobId, startedAt, endedAt, ...rest } of attemptsOf(trail)) {
        yield { type: "attempt", jobId, ...rest, startedAt: instant(startedAt), endedAt: instant(endedAt) };
      }
      for (const { id, jobId, fence, seq } of callbacks) {
        yield { type: "callback", id, jobId, fence, seq, applied: true };
      }
    }
    before = last.jobId;
  }
  for (let after: string | null = null; ; ) {
    const page: Tombstone[] = await store.tombstones(after, PURGE_PAGE);
    for (const { jobId, status, finishedAt, purgedAt } of page) {
      yield { type: "purge", jobId, status, finishedAt: instant(finishedAt), purgedAt: instant(purgedAt) };
    }
    if (page.length < PURGE_PAGE) return;
    after = page.at(-1)?.jobId ?? null;
  }
}

interface Told {
  readonly job: JobRecord;
  readonly trail: readonly TrailEvent[];
  /** Those that were applied before the record was read. */
  readonly callbacks: readonly CallbackRecord[];
}

/**
 * Records with the trails that belong to them. Record and trail are two reads; a job that moved in between is read again
 * until both have the same seq. Jobs purged meanwhile are left out: their tombstones come later.
 */
async function consistent(store: Store, jobIds: readonly string[]): Promise<Told[]> {
  const told = new Map<string, Told>();
  let open = jobIds;
  for (let look = 1; open.length > 0; look++) {
    // First, so that their attempts are in the trail.
    const callbacks = await store.callbacks(open);
    const records = await store.read({ jobIds: open, view: "full" });
    const trails = await store.trail(open);
    const moved: string[] = [];
    records.forEach((job, i) => {
      if (job === null || "purgedAt" in job) return;
      const trail = trails[i] ?? [];
      // A job that never settles down is told as it is: then the auditor has something to say.
      if (trail.length === job.seq || look >= LOOKS) told.set(job.jobId, { job, trail, callbacks: callbacks[i] ?? [] });
      else moved.push(job.jobId);
    });
    open = moved;
  }
  return jobIds.flatMap((jobId) => told.get(jobId) ?? []);
}

/** Spelled out, so that every store's lines have the same fields in the same order. */
function jobLine(job: JobRecord, includePayload: boolean): JobLine {
  return {
    type: "job",
    jobId: job.jobId,
    kind: job.kind,
    queue: job.queue,
    owner: job.owner,
    status: job.status,
    generation: job.generation,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    lostCount: job.lostCount,
    fence: job.fence,
    workerId: job.workerId,
    leaseExpiresAt: instant(job.leaseExpiresAt),
    priority: job.priority,
    runAt: instant(job.runAt),
    scheduledAt: instant(job.scheduledAt),
    expiresAt: instant(job.expiresAt),
    createdAt: instant(job.createdAt),
    firstStartedAt: instant(job.firstStartedAt),
    startedAt: instant(job.startedAt),
    finishedAt: instant(job.finishedAt),
    updatedAt: instant(job.updatedAt),
    seq: job.seq,
    cancelRequestedAt: instant(job.cancelRequestedAt),
    uniqueKey: job.uniqueKey,
    idempotencyKey: job.idempotencyKey,
    concurrencyKey: job.concurrencyKey,
    concurrencyLimit: job.concurrencyLimit,
    stage: job.progress?.stage ?? null,
    progress: job.progress?.percent ?? null,
    payload: exported(job.payload, includePayload),
    result: exported(job.result, includePayload),
    error: job.error,
    errorDetail: parsed(job.errorDetail),
    metadata: parsed(job.metadata),
    parentId: job.parentId,
    rerunOf: job.rerunOf,
    recorded: job.recorded,
    readAt: instant(job.readAt),
  };
}

function eventLine({ jobId, seq, at, from, to, event, actor, ...row }: TrailEvent): ExportLine {
  const { attempt, fence, generation, reason, requestId } = row;
  const place = { attempt, fence, generation };
  return { type: "event", jobId, seq, at: instant(at), from, to, event, actor, ...place, reason, requestId };
}

function exported(text: string | null, includeValue: boolean): ExportedValue | null {
  if (text === null) return null;
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { digest, bytes: Buffer.byteLength(text), ...(includeValue ? { value: JSON.parse(text) as unknown } : {}) };
}

function parsed(text: string | null): unknown {
  return text === null ? null : (JSON.parse(text) as unknown);
}

/** The furthest instant that has a text. */
const LAST_MS = 8_640_000_000_000_000;

function instant(ms: number): Instant;
function instant(ms: number | null): Instant | null;
function instant(ms: number | null): Instant | null {
  return ms === null ? null : new Date(Math.min(LAST_MS, Math.max(-LAST_MS, ms))).toISOString();
}
