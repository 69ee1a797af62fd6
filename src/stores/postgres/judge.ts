/** What to answer when the statement left an ending alone: it came too late, twice, or from a stranger. */
import { conflictReason, endingOf, judgeRefusal } from "../../core/settle-rules.js";
import type { SettleAnswer, Settlement } from "../../core/store.js";
import { workerActor } from "../../core/trail.js";
import type { Db } from "./db.js";
import { storiesFor } from "./reading.js";
import type { Story } from "./rows.js";

export async function judgeAll(db: Db, refused: readonly Settlement[]): Promise<Map<Settlement, SettleAnswer>> {
  const told = await storiesFor(
    db,
    refused.map(({ jobId }) => jobId),
  );
  const answers = refused.map((settlement) => judge(db, settlement, told.get(settlement.jobId.toLowerCase())));
  return new Map((await Promise.all(answers)).map((answer, i) => [refused[i]!, answer]));
}

/** Why a settlement was refused, by what is written of the attempt; see core/settle-rules.ts. */
async function judge(db: Db, settlement: Settlement, story: Story | undefined): Promise<SettleAnswer> {
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
  return { answer, status } as SettleAnswer;
}
