/** Planted in the SQLite store. */
import type { Mutant } from "./mutant.js";

const STORE = "test/stores/sqlite.test.ts";

export const IN_THE_SQLITE_STORE: readonly Mutant[] = [
  {
    id: "sqlite: no fence on complete",
    breaks: "a worker that lost its job completes it",
    file: "src/stores/sqlite/sql/settle.ts",
    search: "   and fence = :fence\n   and lease_expires_at > :now\n",
    replace: "   and :fence = :fence\n   and lease_expires_at > :now\n",
    tests: [STORE],
  },
  {
    id: "sqlite: no fence on fail, release and snooze",
    breaks: "a worker that lost its job throws it back",
    file: "src/stores/sqlite/settle.ts",
    search: 'const holds = job.status === "processing" && job.fence === fence;',
    replace: 'const holds = job.status === "processing";',
    tests: [STORE],
  },
  {
    id: "sqlite: no fence on extend",
    breaks: "a worker that lost its job renews the lease of another",
    file: "src/stores/sqlite/sql/hold.ts",
    search: "   and fence = :fence\nreturning cancel_requested_at is not null as asked`;",
    replace: "   and :fence = :fence\nreturning cancel_requested_at is not null as asked`;",
    tests: [STORE],
  },
  {
    id: "sqlite: no fence on progress and stage",
    breaks: "a worker that lost its job moves the bar of another",
    file: "src/stores/sqlite/sql/hold.ts",
    search: "   and fence = :fence\nreturning cancel_requested_at is not null as asked, max(:now, updated_at) as at`;",
    replace:
      "   and :fence = :fence\nreturning cancel_requested_at is not null as asked, max(:now, updated_at) as at`;",
    tests: [STORE],
  },
  {
    id: "sqlite: a lease is over a moment later",
    breaks: "T11: now ≥ leaseExpiresAt is over",
    file: "src/stores/sqlite/sql/sweep.ts",
    search: " where lease_expires_at <= :now\n",
    replace: " where lease_expires_at < :now\n",
    tests: [STORE],
  },
  {
    id: "sqlite: a deferred transaction",
    breaks: "two processes read, then both write: one of them has read in vain, and begins anew again and again",
    file: "src/stores/sqlite/write-queue.ts",
    search: 'connection.run("begin immediate");',
    replace: 'connection.run("begin deferred");',
    tests: ["test/stores/sqlite-whole.test.ts"],
  },
  {
    id: "sqlite: acknowledged before the commit",
    breaks: "what was acknowledged is gone after a crash",
    file: "src/stores/sqlite/write-queue.ts",
    search: '      connection.run("commit");\n',
    replace: '      setImmediate(() => connection.run("commit"));\n',
    tests: ["test/stores/sqlite-faults.test.ts"],
  },
  {
    id: "sqlite: the disk is not waited for",
    breaks: "what was acknowledged is gone after a power cut",
    file: "src/stores/sqlite/store.ts",
    search: 'synchronous = "FULL",',
    replace: 'synchronous = "NORMAL",',
    tests: ["test/stores/sqlite-open.test.ts"],
  },
  {
    id: "sqlite: the trail outside the transaction",
    breaks: "I2: after a crash the status says one thing and the trail another",
    file: "src/stores/sqlite/settle.ts",
    search: "  writeEvent(tx, job, { event: end.event, to: end.to, ...remark });\n",
    replace: "  queueMicrotask(() => writeEvent(tx, job, { event: end.event, to: end.to, ...remark }));\n",
    tests: ["test/stores/sqlite-whole.test.ts"],
  },
  {
    id: "sqlite: the callbacks of a process are known to it alone",
    breaks: "I25: the same message is applied again after a restart",
    file: "src/stores/sqlite/callback.ts",
    search: 'if (known.is_known === 1) return refusedCallback("duplicate", job.status);',
    replace: [
      "const seen = ((connection as { seen?: Set<string> }).seen ??= new Set());",
      '  if (seen.has(`${jobId}/${id}`)) return refusedCallback("duplicate", job.status);',
      "  seen.add(`${jobId}/${id}`);",
    ].join("\n"),
    tests: ["test/promises/callbacks.test.ts"],
  },
  {
    id: "sqlite: retention takes active jobs",
    breaks: "I29: a running job is gone",
    file: "src/stores/sqlite/control.ts",
    search: 'if (!isTerminalStatus(job.status)) return { answer: "illegal", status: job.status };',
    replace: "",
    tests: [STORE],
  },
  {
    id: "sqlite: a long list loses its tail",
    breaks: "of a thousand jobs enqueued at once some are neither there nor refused",
    file: "src/stores/sqlite/access.ts",
    search: "const part = items.slice(from, from + size);",
    replace: "const part = items.slice(from, from + size - 1);",
    tests: [STORE, "test/stores/sqlite-claim.test.ts"],
  },
];
