/** What people may do to one job: cancel it, try it again, remove it. */
import { cutText } from "./core/cut-text.js";
import { WaymarkError } from "./core/errors.js";
import { toJobId } from "./core/id.js";
import type { JobStatus } from "./core/lifecycle.js";
import { assertKey, ownerScope } from "./core/names.js";
import { assertOptions, type NamesOf } from "./core/options.js";
import type { JobHandle } from "./core/reference.js";
import type { ControlAnswer, PersonRequest } from "./core/store.js";
import type { Runtime } from "./runtime.js";

/** A person's request about one job. */
export interface PersonOptions {
  /** Who asks; stands in the trail. */
  readonly actor: string;
  /** Act on this owner's behalf: a job of somebody else is not found, and the limits for owners hold. */
  readonly owner?: string;
}
export interface CancelOptions extends PersonOptions {
  readonly reason?: string;
  /** Do not wait for the running handler: it is locked out at once. For operators. Default false. */
  readonly force?: boolean;
  readonly requestKey?: string;
}
export interface RetryOptions extends PersonOptions {
  /** Makes a double click one retry. */
  readonly requestKey?: string;
}
/** Of all three: a request may carry what only another one heeds. */
const NAMES: NamesOf<CancelOptions & RetryOptions> = {
  actor: true,
  owner: true,
  reason: true,
  force: true,
  requestKey: true,
};

/** What became of the request. */
export interface ControlResult {
  readonly jobId: string;
  readonly status: JobStatus;
  /** The running handler was asked to stop; the job is cancelled when it does. */
  readonly requested: boolean;
  /** The same had been asked before. */
  readonly replayed: boolean;
}

export interface Control {
  /** @throws {WaymarkError} `not_found`, `illegal_move` */
  cancel(job: JobHandle<unknown>, options: CancelOptions): Promise<ControlResult>;
  /** Opens the next generation of an ended job. @throws {WaymarkError} `not_found`, `illegal_move`, `not_retryable`, `unique_conflict` */
  retry(job: JobHandle<unknown>, options: RetryOptions): Promise<ControlResult>;
  /** Deletes an ended job; a tombstone stays. @throws {WaymarkError} `not_found`, `illegal_move` */
  remove(job: JobHandle<unknown>, options: PersonOptions): Promise<ControlResult>;
}

const REASON_BYTES = 1_024;

export function createControl(runtime: Runtime): Control {
  const { store, events, limits, redactor } = runtime;

  const control = async (
    action: "cancel" | "retry" | "remove",
    job: JobHandle<unknown>,
    options: PersonOptions & { readonly requestKey?: string },
    ask: (request: PersonRequest) => Promise<ControlAnswer[]>,
  ): Promise<ControlResult> => {
    const id = toJobId(typeof job === "object" ? job?.jobId : job);
    if (typeof options !== "object" || options === null) {
      throw new WaymarkError("invalid_option", { option: "actor", problem: "say who asks: { actor }" });
    }
    assertOptions(options, NAMES);
    assertKey("actor", options.actor);
    const owner = ownerScope(options);
    // Every human action has a request id; one that was not given is made here.
    const requestId = requestKey(options) ?? runtime.newId();
    const answer = (await ask({ jobId: id, actor: options.actor, requestId, ...owner }))[0]!;
    events.emit({ type: "controlled", jobId: id, action, actor: options.actor, answer: answer.answer });
    return controlResult(action, id, answer);
  };

  /** Making it pending here would start nothing there. Operators, who can also start it there, may. */
  const refuseRecorded = async (jobId: string, owner: string): Promise<void> => {
    const [found] = await store.read({ jobIds: [jobId], view: "status", owner });
    if (found == null || "purgedAt" in found || !found.recorded) return;
    throw new WaymarkError("not_retryable", { jobId, reason: "another queue runs it" });
  };

  return {
    cancel: (job, options) =>
      control("cancel", job, options, (request) => {
        const { reason: given } = options;
        const reason = given === undefined ? null : cutText(redactor.text(String(given)), REASON_BYTES);
        return store.cancel([{ ...request, reason, force: options.force ?? false }]);
      }),
    retry: (job, options) =>
      control("retry", job, options, async (request) => {
        const { owner } = request;
        if (owner !== undefined) await refuseRecorded(request.jobId, owner);
        const maxGenerations = owner === undefined ? null : limits.generations;
        return store.retry([{ ...request, onlyRetryable: owner !== undefined, maxGenerations }]);
      }),
    remove: (job, options) => control("remove", job, options, (request) => store.remove([request])),
  };
}

function requestKey({ requestKey }: { requestKey?: string }): string | null {
  if (requestKey === undefined) return null;
  assertKey("requestKey", requestKey);
  return requestKey;
}

function controlResult(action: "cancel" | "retry" | "remove", jobId: string, answer: ControlAnswer): ControlResult {
  switch (answer.answer) {
    case "done":
    case "requested":
    case "replayed":
      return {
        jobId,
        status: answer.status,
        requested: answer.answer === "requested",
        replayed: answer.answer === "replayed",
      };
    case "illegal":
      throw new WaymarkError("illegal_move", { jobId, move: action, status: answer.status });
    case "notRetryable": {
      const reason =
        answer.reason === "error" ? "its error says that trying again cannot help" : "it was tried as often as allowed";
      throw new WaymarkError("not_retryable", { jobId, reason });
    }
    case "uniqueConflict":
      throw new WaymarkError("unique_conflict", { jobId: answer.jobId });
    case "notFound":
      throw new WaymarkError("not_found", { jobId });
  }
}
