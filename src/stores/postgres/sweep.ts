/** T11–T13 and T18 in PostgreSQL: what workers lost is taken back, what is out of time ends. */
import { POISON_LIMIT } from "../../core/lifecycle.js";
import { lostFailure } from "../../core/settle-rules.js";
import type { Swept, SweptJob } from "../../core/store.js";
import type { Db } from "./db.js";
import type { Row } from "./driver.js";

export async function sweep(db: Db, limit: number): Promise<Swept> {
  const askedAt = db.clock.monotonic();
  const [overdue] = await db.run(db.sql.overdue, [db.now()], true);
  const withinMs = (db.clock.monotonic() - askedAt) / 2;
  // What follows goes by this very reading: the server's clock may jump between two statements.
  const now = overdue!["now"] as number;
  if (db.guard.isPaused({ wall: now, monotonic: askedAt + withinMs, withinMs })) {
    return { rescued: [], expired: [], paused: true };
  }
  const rescued = overdue!["lost"] === true ? await rescue(db, now, limit) : [];
  // What was taken back may be out of time as well.
  const mayExpire = overdue!["expired"] === true || rescued.length > 0;
  const expired = mayExpire ? (await db.run(db.sql.expire, [now, limit])).map(sweptOf) : [];
  if (rescued.length > 0) db.marks.stale();
  if (expired.length > 0) db.lone.forget();
  // What expired held nothing that others wait for.
  db.hints.tell({ waiting: rescued.length > 0, jobs: [...rescued, ...expired].map(({ jobId }) => jobId) });
  return { rescued, expired, paused: false };
}

async function rescue(db: Db, now: number, limit: number): Promise<SweptJob[]> {
  const nobody = { jobId: "", fence: 0 };
  const [lost, poisoned] = [lostFailure(nobody, false), lostFailure(nobody, true)];
  const sentences = [lost.code, lost.message, poisoned.code, poisoned.message];
  const { jumpedTo, aheadMs } = db.guard.leaseClock ?? { jumpedTo: null, aheadMs: null };
  return (await db.run(db.sql.rescue, [now, limit, ...sentences, POISON_LIMIT, jumpedTo, aheadMs])).map(sweptOf);
}

function sweptOf(row: Row): SweptJob {
  return {
    jobId: row["job_id"] as string,
    kind: row["kind"] as string,
    fence: row["fence"] as number,
    to: row["status"] as SweptJob["to"],
  };
}
