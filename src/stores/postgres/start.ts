/** T4 of recorded jobs in PostgreSQL: a runner says that one has begun, by name. */
import type { StartAnswer, StartRequest } from "../../core/store.js";
import { plain, texts } from "./arrays.js";
import { byJob, type Db, idsWhere, inRounds, isId, sorted } from "./db.js";
import { storiesFor } from "./reading.js";

export async function start(db: Db, requests: readonly StartRequest[]): Promise<StartAnswer[]> {
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
    return round.map(({ jobId }): StartAnswer => {
      const row = started.get(jobId.toLowerCase());
      if (row !== undefined) {
        const [fence, attempt, maxAttempts] = [row["fence"], row["attempt"], row["max_attempts"]] as number[];
        return { answer: "started", fence: fence!, attempt: attempt!, maxAttempts: maxAttempts! };
      }
      const story = others.get(jobId.toLowerCase());
      return story === undefined ? { answer: "notFound" } : { answer: "illegal", status: story.facts.status };
    });
  });
  db.hints.tell({ waiting: false, jobs: idsWhere(requests, (i) => answers[i]?.answer === "started"), began: true });
  return answers;
}
