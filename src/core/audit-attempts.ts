/** The invariants of a job's attempts, beside its facts and the claims in its trail. */
import type { JobLines, Report } from "./audit.js";
import type { AttemptLine } from "./export-format.js";

export function auditAttempts(lines: JobLines, report: Report): void {
  const { job, attempts } = lines;
  auditRunning(lines, report);
  auditFenceOrder(lines, report);
  const generations = new Set(attempts.map(({ generation }) => generation));
  for (const generation of generations) {
    const succeeded = attempts.filter((one) => one.generation === generation && one.outcome === "succeeded").length;
    if (succeeded > 1) report("I9", `${succeeded} attempts of generation ${generation} succeeded`);
  }
  const current = attempts.filter(({ generation }) => generation === job.generation);
  const succeeded = current.at(-1)?.outcome === "succeeded";
  if ((job.status === "completed") !== succeeded) {
    report("I9", `it is ${job.status}, and its last attempt ${succeeded ? "succeeded" : "did not succeed"}`);
  }
  const charged = current.filter(isCharged).length;
  if (charged !== job.attempt) report("I10", `attempt is ${job.attempt}, and ${charged} attempts were charged`);
  if (job.status === "retrying" && !current.some(({ endedAt }) => endedAt !== null)) {
    report("I11", "it is retrying, and no attempt has ended");
  }
  for (const { fence, startedAt, endedAt, durationMs } of attempts) {
    if (startedAt !== null && endedAt !== null && Date.parse(endedAt) < Date.parse(startedAt)) {
      report("I14", `the attempt of fence ${fence} ended at ${endedAt}, before it started at ${startedAt}`);
    }
    if (durationMs !== null && !(durationMs >= 0)) {
      report("I14", `the attempt of fence ${fence} took ${durationMs} ms`);
    }
  }
}

function auditRunning({ job, attempts }: JobLines, report: Report): void {
  const running = attempts.filter(({ outcome }) => outcome === null);
  const wanted = job.status === "processing" ? 1 : 0;
  if (running.length !== wanted) report("I6", `it is ${job.status} with ${running.length} running attempts`);
  for (const { fence } of running) {
    if (job.status === "processing" && fence !== job.fence) {
      report("I6", `its fence is ${job.fence}, that of the running attempt ${fence}`);
    }
  }
}

/** I7, and that the attempts are those which the claims of the trail opened. */
function auditFenceOrder({ job, events, attempts }: JobLines, report: Report): void {
  for (const [i, { fence }] of attempts.entries()) {
    const before = attempts[i - 1]?.fence ?? 0;
    if (!(fence > before)) report("I7", `fence ${fence} follows fence ${before}`);
  }
  const claims = events.filter(({ event }) => event === "claim").map(({ fence }) => fence);
  const told = attempts.map(({ fence }) => fence);
  if (claims.join() !== told.join()) {
    report("I7", `the claims of the trail have the fences [${claims.join()}], the attempts [${told.join()}]`);
  }
  // Every claim raises the fence by one, and so does a forced cancel, which locks the holder out.
  const raised = events.filter(({ event }) => event === "claim" || event === "force_cancel").length;
  if (job.fence !== raised) report("I7", `its fence is ${job.fence}, and it was raised ${raised} times`);
}

function isCharged({ outcome }: AttemptLine): boolean {
  return outcome !== "released" && outcome !== "snoozed";
}
