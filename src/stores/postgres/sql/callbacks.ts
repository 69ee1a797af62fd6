/** Statements of a callback's transaction, beside those of T5–T8. */
import { fenceOf, statusOf, type Tables } from "./words.js";

export type CallbackStatement = "holdForCallback" | "callbackKnown" | "addCallback" | "callbacks";

export function callbackStatements({ live, callbacks }: Tables): Record<CallbackStatement, string> {
  return {
    /** Locks the job against everybody until the callback is decided; no row when it is not live. */
    holdForCallback: `
select ${statusOf("l")} as status, ${fenceOf("l")} as fence from ${live} l where l.job_id = $1::uuid for update`,

    callbackKnown: `
select (select true from ${callbacks} c where c.job_id = $1::uuid and c.id = $3) as is_known,
       (select max(c.seq) from ${callbacks} c where c.job_id = $1::uuid and c.fence = $2::integer) as last_seq`,

    addCallback: `
insert into ${callbacks} (job_id, fence, seq, id) values ($1::uuid, $2::integer, $3::integer, $4)`,

    callbacks: `
select c.job_id, c.fence, c.seq, c.id
  from ${callbacks} c
 where c.job_id = any ($1::uuid[])
 order by c.job_id, c.fence, c.seq`,
  };
}
