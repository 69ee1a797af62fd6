/**
 * What Waymark sets out to reach, row by row: ratios within one run, to the best peer of a class or to the limit of the
 * machine, or bounds that hold by themselves.
 */

/** Peers in PostgreSQL; Redis is a class of its own. */
const IN_POSTGRES = ["graphile-worker", "pg-boss", "bullmq-pg", "sidequest-pg", "platformatic-pg"];
const IN_SQLITE = ["plainjob"];
const IN_MEMORY = ["platformatic-memory"];

/** Against the best of some peers, in the harness. `ratio` is the least, or for what should be small the most. */
const peers = (row, us, rivals, [bench, opt, field], ratio, better = "more", unit = "jobs/s") => ({
  kind: "peers",
  row,
  us,
  rivals,
  ask: [bench, opt, field],
  ratio,
  better,
  unit,
});
/** Against the limit measured beside it, in `npm run bench`. */
const limit = (row, ask, ratio) => ({ kind: "limit", row, ask, ratio, better: "more", unit: "jobs/s" });
/** A bound on a figure of `npm run bench`. */
const bound = (row, ask, value, better, unit) => ({ kind: "bound", row, ask, bound: value, better, unit });

const PG = "waymark-postgres";
const LITE = "waymark-sqlite";
const MEM = "waymark-memory";
const MORE = "more";
const LESS = "less";

export const GOALS = {
  PostgreSQL: [
    peers("enqueue, one at a time", PG, IN_POSTGRES, ["enqueue", {}, "seq"], 1.2),
    peers("enqueue, 100 callers", PG, IN_POSTGRES, ["enqueue", {}, "c100"], 20),
    peers("bulk of 10,000", PG, IN_POSTGRES, ["enqueue", {}, "bulk"], 1.5),
    peers("drain of 20,000", PG, IN_POSTGRES, ["drain", {}, "rate"], 1.25),
    peers("drain of 100,000", PG, IN_POSTGRES, ["drain", { n: 100_000 }, "rate"], 1.25),
    peers("drain of 20,000, two processes", PG, IN_POSTGRES, ["drain", { workers: 2 }, "rate"], 1.1),
    peers("end to end, 100 callers", PG, IN_POSTGRES, ["e2e", {}, "rate"], 15),
    peers("end to end, against Redis", PG, ["bee-queue"], ["e2e", {}, "rate"], 1),
    peers("pick-up, idle, p50", PG, IN_POSTGRES, ["latency", {}, "p50"], 0.75, LESS, "ms"),
    peers("pick-up, idle, p99", PG, IN_POSTGRES, ["latency", {}, "p99"], 0.75, LESS, "ms"),
    peers("round trip, p50", PG, IN_POSTGRES, ["latency", {}, "rtP50"], 0.6, LESS, "ms"),
    peers("round trip, p99", PG, IN_POSTGRES, ["latency", {}, "rtP99"], 0.6, LESS, "ms"),
    peers("status reads, 100 callers", PG, IN_POSTGRES, ["status", {}, "c100"], 4, MORE, "reads/s"),
    bound("held snapshot, 50,000", ["postgres", "snapshot", "share left, 50,000"], 0.85, MORE, "of its own rate"),
    bound("held snapshot, 200,000", ["postgres", "snapshot", "share left, 200,000"], 0.85, MORE, "of its own rate"),
    bound("1 M finished kept", ["postgres", "growth", "share left, 1 M finished"], 0.9, MORE, "of the empty rate"),
    bound("1 M waiting", ["postgres", "growth", "share left, 1 M waiting"], 0.9, MORE, "of the empty rate"),
    bound("idle, 50 queues", ["postgres", "idle", "statements"], 0.5, LESS, "statements/s"),
    bound("idle, 50 queues, worker", ["postgres", "idle", "CPU of the worker"], 0.5, LESS, "% of a core"),
    peers(
      "bytes per finished job, as left",
      PG,
      ["pg-boss"],
      ["footprint", {}, "bytesPerFinishedAsLeft"],
      0.7,
      LESS,
      "bytes",
    ),
    peers(
      "bytes per finished job, packed",
      PG,
      ["pg-boss"],
      ["footprint", {}, "bytesPerFinishedPacked"],
      1.2,
      LESS,
      "bytes",
    ),
    bound("progress, throughput lost", ["postgres", "progress", "throughput lost"], 5, LESS, "%"),
    bound("progress, writes per job", ["postgres", "progress", "writes per job"], 4, LESS, "writes/s"),
    bound("10,000 viewers, throughput lost", ["postgres", "watched", "throughput lost"], 10, LESS, "%"),
  ],
  SQLite: [
    limit("enqueue, one at a time, FULL", ["sqlite", "enqueue", "one at a time"], 0.7),
    limit("enqueue, one at a time, NORMAL", ["sqlite-normal", "enqueue", "one at a time"], 0.7),
    peers("enqueue, 100 callers", LITE, IN_SQLITE, ["enqueue", {}, "c100"], 3),
    peers("bulk of 10,000", LITE, IN_SQLITE, ["enqueue", {}, "bulk"], 0.5),
    peers("drain of 20,000", LITE, IN_SQLITE, ["drain", {}, "rate"], 5),
    peers("end to end, 100 callers", LITE, IN_SQLITE, ["e2e", {}, "rate"], 4),
    bound("pick-up in another process, p50", ["sqlite", "latency", "pick-up p50"], 0.5, LESS, "ms"),
    bound("idle, 50 queues, worker", ["sqlite", "idle", "CPU of the worker"], 0.7, LESS, "% of a core"),
    bound("1 M finished kept", ["sqlite", "growth", "share left, 1 M finished"], 0.9, MORE, "of the empty rate"),
    bound("1 M waiting", ["sqlite", "growth", "share left, 1 M waiting"], 0.9, MORE, "of the empty rate"),
    bound("progress, throughput lost", ["sqlite", "progress", "throughput lost"], 5, LESS, "%"),
    bound("progress, writes per job", ["sqlite", "progress", "writes per job"], 4, LESS, "writes/s"),
    bound("10,000 viewers, throughput lost", ["sqlite", "watched", "throughput lost"], 10, LESS, "%"),
  ],
  Memory: [
    peers("drain of 20,000", MEM, IN_MEMORY, ["drain", {}, "rate"], 2),
    peers("end to end, 100 callers", MEM, IN_MEMORY, ["e2e", {}, "rate"], 2),
  ],
};
