/** The invariants of a job's trail, and of the trail beside the job's facts. */
import type { JobLines, Report } from "./audit.js";
import type { EventLine } from "./export-format.js";
import { ATTEMPT_OUTCOMES, isLegalMove, isTerminalStatus, type TrailEventName } from "./lifecycle.js";

/** What people do. */
const BY_PEOPLE: readonly TrailEventName[] = ["cancel", "request_cancel", "force_cancel", "retry"];
const ASKS_TO_CANCEL: readonly TrailEventName[] = ["cancel", "request_cancel", "force_cancel"];

export function auditTrail({ job, events }: JobLines, report: Report): void {
  for (const [i, row] of events.entries()) {
    const before = events[i - 1];
    const name = `row ${row.seq} (${row.event})`;
    if (row.seq !== i + 1) report("I2", `row ${i + 1} of the trail has seq ${row.seq}`);
    if (row.from !== (before?.to ?? null)) {
      report("I2", `${name} moves from ${row.from}, but the row before ended at ${before?.to ?? null}`);
    }
    if (!isLegalMove(row.from, row.event, row.to)) report("I1", `${name} moves from ${row.from} to ${row.to}`);
    if (before !== undefined && !(Date.parse(row.at) >= Date.parse(before.at))) {
      report("I3", `${name} happened at ${row.at}, before the row in front of it at ${before.at}`);
    }
    if (BY_PEOPLE.includes(row.event) && !row.actor) report("I30", `${name} does not say who asked`);
    if (BY_PEOPLE.includes(row.event) && Number.isNaN(Date.parse(row.at))) report("I30", `${name} has no time`);
  }
  const [first, last] = [events[0], events.at(-1)];
  if (job.seq !== events.length) report("I2", `its seq is ${job.seq}, its trail has ${events.length} rows`);
  if (last !== undefined && last.to !== job.status) report("I2", `it is ${job.status}, its trail ended at ${last.to}`);
  if (first !== undefined && first.at !== job.createdAt) {
    report("I26", `it was enqueued at ${first.at}, and createdAt is ${job.createdAt}`);
  }
  auditGenerations({ job, events }, report);
  auditFences(events, report);
  const endedAt = events.findLast(isEnding)?.at;
  if (job.finishedAt !== null && endedAt !== undefined && endedAt !== job.finishedAt) {
    report("I4", `it ended at ${endedAt}, and finishedAt is ${job.finishedAt}`);
  }
  const asked = events.some(
    (row) => row.generation === job.generation && ASKS_TO_CANCEL.includes(row.event) && row.actor,
  );
  if (job.status === "cancelled" && !asked) report("I17", "it is cancelled, and the trail names nobody who asked");
}

/** I8: only a retry opens a generation, and each but the current has ended exactly once. */
function auditGenerations({ job, events }: Pick<JobLines, "job" | "events">, report: Report): void {
  let generation = 1;
  let endings = 0;
  for (const row of events) {
    if (row.event === "retry") {
      if (endings === 0) report("I8", `generation ${generation} has not ended`);
      generation++;
      endings = 0;
    }
    if (row.generation !== generation) {
      report("I8", `row ${row.seq} says generation ${row.generation}, it is ${generation}`);
    }
    if (isEnding(row) && ++endings === 2) report("I8", `generation ${generation} ended twice`);
  }
  if (events.length > 0 && job.generation !== generation) {
    report("I8", `it is in generation ${job.generation}, its trail in ${generation}`);
  }
}

/** I13: whatever ends an attempt carries the fence that the last claim gave. */
function auditFences(events: readonly EventLine[], report: Report): void {
  let fence: number | null = null;
  for (const row of events) {
    if (row.event === "claim") fence = row.fence;
    else if (ATTEMPT_OUTCOMES[row.event] !== undefined && row.fence !== fence) {
      report("I13", `row ${row.seq} (${row.event}) carries fence ${row.fence}, the running attempt had ${fence}`);
    }
  }
}

function isEnding({ from, to }: EventLine): boolean {
  return isTerminalStatus(to) && from !== to;
}
