/** What a figure counts, and whether more of it is better. */
export const JOBS_PER_S = { unit: "jobs/s", better: "more" };
export const READS_PER_S = { unit: "reads/s", better: "more" };
export const MS = { unit: "ms", better: "less" };
export const PERCENT_LOST = { unit: "% lost", better: "less" };
export const SHARE = { unit: "of its own rate", better: "more" };
export const WRITES = { unit: "writes/s per job", better: "less" };
export const STATEMENTS = { unit: "statements/s", better: "less" };
export const CPU = { unit: "% of a core", better: "less" };
export const BYTES = { unit: "bytes", better: "less" };
export const MEBIBYTES = { unit: "MiB", better: "less" };
