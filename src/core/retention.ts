/** How long finished jobs are kept: per status, by age and by count. */
import { type Duration, toMs } from "./duration.js";
import { WaymarkError } from "./errors.js";
import { TERMINAL_STATUSES, type TerminalStatus } from "./lifecycle.js";
import { assertOptions, type NamesOf } from "./options.js";
import type { RetentionRule } from "./store.js";

/** `false` keeps for ever. */
export type KeepRule = Duration | false | { readonly age?: Duration; readonly count?: number };

export interface RetentionOptions {
  /** For every terminal status that has no rule of its own. Default: 7 days, in memory 60 minutes. */
  readonly default?: KeepRule;
  readonly completed?: KeepRule;
  readonly failed?: KeepRule;
  readonly cancelled?: KeepRule;
  readonly expired?: KeepRule;
  /** How long a purged job is still known to have been. Default 30 days, in memory 24 hours. */
  readonly tombstones?: Duration;
  /** How often it is looked for. Default 5 minutes. */
  readonly every?: Duration;
}

const NAMES: NamesOf<RetentionOptions> = {
  default: true,
  completed: true,
  failed: true,
  cancelled: true,
  expired: true,
  tombstones: true,
  every: true,
};
const RULE_NAMES: NamesOf<Exclude<KeepRule, Duration | false>> = { age: true, count: true };

export interface RetentionPlan {
  readonly rules: readonly RetentionRule[];
  readonly tombstoneMs: number;
  readonly everyMs: number;
}

/** @throws {WaymarkError} `invalid_duration`, `invalid_option` */
export function retentionPlan(options: RetentionOptions, durable: boolean): RetentionPlan {
  assertOptions(options, NAMES, "retention");
  const fallback = options.default ?? (durable ? "7d" : "60m");
  const rules = TERMINAL_STATUSES.flatMap((status) =>
    rule(status, options[status] ?? fallback, options[status] === undefined ? "default" : status),
  );
  return {
    rules,
    tombstoneMs: toMs(options.tombstones ?? (durable ? "30d" : "24h"), "retention.tombstones"),
    everyMs: Math.max(1_000, toMs(options.every ?? "5m", "retention.every")),
  };
}

function rule(status: TerminalStatus, keep: KeepRule, name: string): RetentionRule[] {
  if (keep === false) return [];
  if (typeof keep !== "object") return [{ status, olderThanMs: toMs(keep, `retention.${name}`), keep: null }];
  assertOptions(keep, RULE_NAMES, `retention.${name}`);
  const { age, count } = keep;
  if (count !== undefined && (!Number.isInteger(count) || count < 0)) {
    throw new WaymarkError("invalid_option", {
      option: `retention.${name}.count`,
      problem: "it is a whole number from 0",
    });
  }
  if (age === undefined && count === undefined) return [];
  return [{ status, olderThanMs: age === undefined ? null : toMs(age, `retention.${name}.age`), keep: count ?? null }];
}
