/** Stands right in front of the store and tells the truth every call that was applied, with its answer. */
import type * as contract from "../../src/core/store.js";
import type { Truth } from "./truth.js";

/** The store as `process` reaches it. */
export function witness(store: contract.Store, truth: Truth, process: string): contract.Store {
  const seen = <A extends unknown[], R>(call: (...args: A) => Promise<R> | R, see: (answer: R, ...args: A) => void) => {
    return async (...args: A): Promise<R> => {
      const answer = await call.apply(store, args);
      see(answer, ...args);
      return answer;
    };
  };
  const { enqueue, claim, start, extend, report, settle, callback, sweep, cancel, retry, remove, purge } = store;
  // A proxy, as the store keeps its data in private fields.
  const own: Partial<contract.Store> = {
    enqueue: seen(enqueue, (answers, jobs) => jobs.forEach((job, i) => truth.enqueued(process, job, answers[i]!))),
    claim: seen(claim, ({ jobs }) => {
      for (const job of jobs) truth.claimed(process, job.jobId, job.fence);
    }),
    start: seen(start, (answers, requests) =>
      requests.forEach(({ jobId }, i) => {
        const answer = answers[i]!;
        if (answer.answer === "started") truth.claimed(process, jobId, answer.fence);
      }),
    ),
    extend: seen(extend, (answers, { leases }) =>
      leases.forEach((lease, i) => truth.reached(process, "extend", lease, answers[i]!)),
    ),
    report: seen(report, (answers, told) =>
      told.forEach((one, i) => truth.reached(process, "report", one, answers[i]!)),
    ),
    settle: seen(settle, (answers, told) => told.forEach((one, i) => truth.settled(process, one, answers[i]!))),
    callback: seen(callback, (answers, told) => told.forEach((one, i) => truth.called(process, one, answers[i]!))),
    sweep: seen(sweep, (swept) => truth.swept(process, swept)),
    cancel: seen(cancel, (answers, asked) =>
      asked.forEach(({ jobId, force }, i) =>
        truth.controlled(process, force ? "force cancel" : "cancel", jobId, answers[i]!),
      ),
    ),
    retry: seen(retry, (answers, asked) =>
      asked.forEach(({ jobId }, i) => truth.controlled(process, "retry", jobId, answers[i]!)),
    ),
    remove: seen(remove, (answers, asked) =>
      asked.forEach(({ jobId }, i) => truth.controlled(process, "remove", jobId, answers[i]!)),
    ),
    purge: seen(purge, (gone, { rules }) => {
      for (const one of gone) truth.purged(process, one, rules);
    }),
  };
  return new Proxy(store, {
    get: (target, name) => {
      const found = own[name as keyof contract.Store] ?? target[name as keyof contract.Store];
      return typeof found === "function" ? (found as () => unknown).bind(target) : found;
    },
  });
}
