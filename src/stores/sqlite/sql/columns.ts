/** What of a job each view reads. */

export const STATUS_COLUMNS = `
       j.job_id, j.kind, j.queue, j.owner, j.status, j.place, j.priority, j.run_at, j.generation, j.attempt,
       j.max_attempts, j.lost_count, j.fence, j.seq, j.worker_id, j.lease_expires_at, j.scheduled_at, j.expires_at,
       j.created_at, j.first_started_at, j.claimed_at, j.started_at, j.finished_at, j.updated_at,
       j.cancel_requested_at, j.unique_key, j.idempotency_key, j.concurrency_key, j.concurrency_limit,
       j.recorded, j.parent_id, j.rerun_of, j.stage, j.percent, j.done, j.total, j.message, j.stage_started_at,
       j.error_code, j.error_message, j.error_category, j.error_retryable, j.error_reference, j.metadata`;
export const INFO_COLUMNS: string = `${STATUS_COLUMNS}, j.result, octet_length(j.payload) as payload_bytes`;
export const FULL_COLUMNS: string = `${INFO_COLUMNS}, j.payload, j.error_detail`;
