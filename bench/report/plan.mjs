/** What is asked of the peers harness: for each bench, Waymark and those peers that were best at it in any class of store. */

const POSTGRES = ["waymark-postgres", "graphile-worker", "pg-boss"];
const OTHERS = ["waymark-sqlite", "plainjob", "waymark-memory", "platformatic-memory"];

/** In this order, all of it once, then all of it again: a busy minute spoils a run and not a row. */
export const PLAN = [
  {
    bench: "enqueue",
    peers: [...POSTGRES, "bullmq-pg", "sidequest-pg", "bee-queue", ...OTHERS, "waymark-sqlite-normal"],
  },
  { bench: "drain", peers: [...POSTGRES, "bee-queue", ...OTHERS, "waymark-sqlite-normal"] },
  { bench: "drain", opt: { n: 100_000 }, peers: POSTGRES },
  { bench: "drain", opt: { workers: 2 }, peers: POSTGRES },
  { bench: "e2e", peers: ["waymark-postgres", "graphile-worker", "bee-queue", "bullmq", ...OTHERS] },
  {
    bench: "latency",
    peers: ["waymark-postgres", "bullmq-pg", "graphile-worker", "bee-queue", "waymark-sqlite", "plainjob"],
  },
  { bench: "status", peers: ["waymark-postgres", "platformatic-pg", "bullmq", "waymark-sqlite", "plainjob"] },
  { bench: "footprint", peers: ["waymark-postgres", "pg-boss"] },
];

/** The packages they are, and what they reach their stores with. */
export const PACKAGES = [
  "graphile-worker",
  "pg-boss",
  "bullmq",
  "sidequest",
  "@platformatic/job-queue",
  "bee-queue",
  "plainjob",
  "pg",
  "ioredis",
  "better-sqlite3",
];
