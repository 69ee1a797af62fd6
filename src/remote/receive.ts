/**
 * Makes the job's result of what a service sent, *before* the job is completed: whoever sees "completed" finds the
 * product, and a crash between the two only means that the service reports again (docs/decisions/0005).
 */
import { decode } from "../core/codec.js";
import type { JobRecord } from "../core/job.js";
import { isJobError } from "../core/job-error.js";
import type { Receive, RemoteJob } from "../core/remote-job.js";
import { validate } from "../core/standard-schema.js";
import type { Runtime } from "../runtime.js";
import type { CallbackBody } from "./callback-body.js";
import type { KnownJob } from "./known-jobs.js";

/** The receiver did not manage: nobody's fault but ours, and it may manage the next time. */
export class ReceiverFailed extends Error {
  override readonly name = "ReceiverFailed";
}

/**
 * @returns what is to be stored as the job's result
 * @throws {WaymarkError} `invalid_output` when the service's own result is refused
 * @throws {JobError} of the receiver's
 * @throws {ReceiverFailed} for anything else it throws
 */
export async function receive(
  { store }: Pick<Runtime, "store">,
  job: KnownJob | null,
  record: JobRecord,
  body: CallbackBody,
): Promise<unknown> {
  if (job === null || !(await mayCount(store, record, body))) return body.result;
  const { definition, make } = job;
  const check = async (value: unknown): Promise<unknown> =>
    definition.output === null ? value : await validate(definition.output, value, "invalid_output", record.kind);
  if (make === null) return check(body.result);
  try {
    return await check(await (make as Receive<unknown, unknown>)(body.result, aboutJob(record)));
  } catch (error) {
    if (isJobError(error)) throw error;
    throw new ReceiverFailed(`The result of ${record.kind} could not be received.`, { cause: error });
  }
}

/** False for what the store is going to refuse anyhow: nothing is made of a late or repeated result. */
async function mayCount(store: Runtime["store"], record: JobRecord, { fence, seq }: CallbackBody): Promise<boolean> {
  if (record.status !== "processing" || record.fence !== fence) return false;
  const [before = []] = await store.callbacks([record.jobId]);
  return before.every((callback) => callback.fence !== fence || callback.seq < seq);
}

function aboutJob(record: JobRecord): RemoteJob {
  return {
    jobId: record.jobId,
    kind: record.kind,
    owner: record.owner,
    generation: record.generation,
    attempt: record.attempt,
    fence: record.fence,
    metadata: record.metadata === null ? {} : (decode(record.metadata) as Record<string, unknown>),
    input: record.payload === null ? null : decode(record.payload),
  };
}
