/** What a running job is at: who has it, how sure that is, and what happens when its worker falls silent. */
import { POISON_LIMIT } from "../core/lifecycle.js";
import { serviceOf } from "../core/remote-job.js";
import { asChecks, type Evidence, type Explanation, type Finding, workerName } from "./explanation.js";
import { capital, durationText, instantText } from "./wording.js";

export function explainProcessing(evidence: Evidence): Pick<Explanation, "summary" | "checks"> {
  const checks = asChecks([holder(evidence), lease(evidence), heardFrom(evidence), ...cancelAsked(evidence)]);
  const lost = checks.find(({ what, holds }) => what === "lease" && holds);
  const asked =
    evidence.record.cancelRequestedAt === null ? "" : " It was asked to stop and does so at the next safe point.";
  return { summary: lost?.detail ?? `${checks[0]!.detail}${asked}`, checks };
}

function holder({ record, workers, place }: Evidence): Finding {
  const who = holderName({ record, workers });
  const since =
    record.startedAt === null
      ? "since a time nobody told"
      : `since ${instantText(record.startedAt, place)}, for ${durationText(record.readAt - record.startedAt)}`;
  const { progress } = record;
  const stage = progress?.stage == null ? "" : `, stage ${progress.stage}`;
  const percent = progress?.percent == null ? "" : `, ${Math.floor(Math.min(99, progress.percent))}%`;
  const attempt = `attempt ${record.attempt} of ${record.maxAttempts}`;
  return { what: "worker", ok: true, detail: `${capital(who)} has it ${since}: ${attempt}${stage}${percent}.` };
}

function holderName({ record, workers }: Pick<Evidence, "record" | "workers">): string {
  if (record.workerId === null) return "somebody";
  return record.recorded ? `the outside runner ${record.workerId}` : workerName(record.workerId, workers);
}

function lease(evidence: Evidence): Finding {
  const { record, place } = evidence;
  const what = "lease";
  const leftMs = (record.leaseExpiresAt ?? record.readAt) - record.readAt;
  if (leftMs > 0) {
    const renewed =
      serviceOf(record.workerId) === null
        ? "and renewed while the worker lives. If it falls silent"
        : "and only the service's reports can renew it. If it stays silent";
    return { what, ok: true, detail: `Good for ${durationText(leftMs)} more, ${renewed}, ${ifSilent(evidence)}.` };
  }
  const at = instantText(record.leaseExpiresAt ?? record.readAt, place);
  return {
    what,
    ok: false,
    detail: `Its worker was silent until its lease ran out at ${at}. At the next sweep ${ifSilent(evidence)}.`,
  };
}

/** What a rescue would make of it: the rules of T11–T13 in words. */
function ifSilent({ record }: Evidence): string {
  if (record.cancelRequestedAt !== null) return "the job ends as cancelled, because that was asked";
  if (record.lostCount + 1 >= POISON_LIMIT)
    return `the job fails as poisoned: lost ${record.lostCount + 1} times in a row`;
  if (record.attempt >= record.maxAttempts) return "the job fails, because this is its last attempt";
  return `the job is taken back and tried again (${record.attempt + 1} of ${record.maxAttempts})`;
}

function heardFrom({ record, workers, place }: Evidence): Finding {
  const what = "heard from";
  const worker = workers.find((each) => each.workerId === record.workerId);
  if (worker === undefined) {
    const outside = record.recorded ? "runner" : serviceOf(record.workerId) === null ? null : "service";
    const detail =
      outside !== null
        ? `An outside ${outside} beats no heart; its lease alone counts.`
        : "Nothing is known of this worker but the lease.";
    return { what, ok: true, detail };
  }
  const silentMs = Math.max(0, place.now - worker.seenAt);
  const detail = `The worker was heard from ${durationText(silentMs)} ago.`;
  return { what, ok: silentMs < worker.leaseMs, detail };
}

function cancelAsked({ record, trail, place }: Evidence): Finding[] {
  if (record.cancelRequestedAt === null) return [];
  const asked = trail.findLast((row) => row.event === "request_cancel");
  const by = asked === undefined ? "" : ` by ${asked.actor}${asked.reason === null ? "" : ` (${asked.reason})`}`;
  const at = instantText(record.cancelRequestedAt, place);
  const detail = `Asked${by} at ${at}. The handler is told and stops at the next safe point; nearly done, it may still finish.`;
  return [{ what: "cancel", ok: true, detail }];
}
