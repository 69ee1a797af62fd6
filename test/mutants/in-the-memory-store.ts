/** Planted in the memory store, where the simulation and the exhaustive search look. */
import type { Mutant } from "./mutant.js";

const EXHAUSTIVE = "test/exhaustive/exhaustive.test.ts";
const SIMULATION = "test/simulation/simulation.test.ts";
const MEMORY = "test/stores/memory.test.ts";

export const IN_THE_MEMORY_STORE: readonly Mutant[] = [
  {
    id: "memory: no fence on complete, fail, extend, progress and stage",
    breaks: "a worker that lost its job changes it",
    file: "src/stores/memory/attempts.ts",
    search: 'return row?.status === "processing" && row.fence === lease.fence ? row : undefined;',
    replace: 'return row?.status === "processing" ? row : undefined;',
    tests: [EXHAUSTIVE, SIMULATION],
  },
  {
    id: "memory: a lease is over a moment later",
    breaks: "T11: now ≥ leaseExpiresAt is over",
    file: "src/stores/memory/attempts.ts",
    search: "(row.leaseExpiresAt ?? now) <= now",
    replace: "(row.leaseExpiresAt ?? now) < now",
    tests: [EXHAUSTIVE],
  },
  {
    id: "memory: rescue whatever the lease says",
    breaks: "T11: a job is taken from a living worker",
    file: "src/stores/memory/attempts.ts",
    search: "(row.leaseExpiresAt ?? now) <= now",
    replace: "true",
    tests: [EXHAUSTIVE, SIMULATION],
  },
  {
    id: "memory: a claim gives no new fence",
    breaks: "I7: two attempts carry the same fence",
    file: "src/stores/memory/state.ts",
    search: "row.fence++;",
    replace: "row.fence = Math.max(1, row.fence);",
    tests: [EXHAUSTIVE, SIMULATION],
  },
  {
    id: "memory: cancel overwrites an ending",
    breaks: "A6: a completed job becomes a cancelled one",
    file: "src/stores/memory/control.ts",
    search: 'if (isTerminalStatus(row.status)) return { answer: "illegal", status: row.status };',
    replace: "",
    tests: [EXHAUSTIVE, SIMULATION],
  },
  {
    id: "memory: a forced cancel leaves the fence",
    breaks: "T17: the holder is not locked out",
    file: "src/stores/memory/control.ts",
    search: "{ cancelRequestedAt, fence: row.fence + 1 }",
    replace: "{ cancelRequestedAt }",
    tests: [EXHAUSTIVE],
  },
  {
    id: "memory: retry opens a completed job",
    breaks: "T19: work that was done is done again",
    file: "src/stores/memory/control.ts",
    search: 'if (status !== "failed" && status !== "cancelled" && status !== "expired")',
    replace: "if (!isTerminalStatus(status))",
    tests: [EXHAUSTIVE],
  },
  {
    id: "memory: an active job can be removed",
    breaks: "I29: a running job is gone",
    file: "src/stores/memory/control.ts",
    search: 'if (!isTerminalStatus(row.status)) return { answer: "illegal", status: row.status };',
    replace: "",
    tests: [SIMULATION, MEMORY],
  },
  {
    id: "memory: retention takes young jobs",
    breaks: "I29: a job goes before its time",
    file: "src/stores/memory/control.ts",
    search: "age > rule.olderThanMs,",
    replace: "age > rule.olderThanMs / 2,",
    tests: [SIMULATION, MEMORY],
  },
  {
    id: "memory: the limit of a key is one too high",
    breaks: "I22: more jobs run than the key allows",
    file: "src/stores/memory/lanes.ts",
    search: "entry.holders.size >= entry.limit ?",
    replace: "entry.holders.size > entry.limit ?",
    tests: [SIMULATION, MEMORY],
  },
  {
    id: "memory: a callback is known by its number only",
    breaks: "I25: the same message is applied twice",
    file: "src/stores/memory/callback.ts",
    search: "callbacks?.some((known) => known.id === id)",
    replace: "callbacks?.some((known) => known.id === id && known.seq > seq)",
    tests: [MEMORY],
  },
];
