/** Statuses as a server would send them, from a few facts. */
import type { WireStatus } from "../../src/core/wire.js";

export const NOW = "2030-10-03T14:31:00.000Z";

const BASE = {
  jobId: "0199a8c4-0000-7000-8000-000000000001",
  kind: "story",
  queue: "default",
  priority: 0,
  owner: "ada",
  createdAt: "2030-10-03T14:30:00.000Z",
  updatedAt: "2030-10-03T14:30:30.000Z",
  generation: 1,
  attempt: 1,
  maxAttempts: 3,
  processingMs: 14_000,
  progress: null,
  estimate: null,
  retry: { eligible: false, reason: "not_ended", attemptsLeft: 2 },
  metadata: {},
  seq: 5,
};

type Facts = Readonly<Record<string, unknown>>;

const make = (facts: Facts): WireStatus => ({ ...BASE, ...facts }) as unknown as WireStatus;

/** The four stages of the demo, weighted 2 : 10 : 3 : 2, with the given one current. */
export function stages(current: string | null, more: Facts = {}): Facts {
  const names = ["Uploading", "Analyzing", "Generating", "Visualizing"];
  const at = current === null ? -1 : names.indexOf(current);
  const weights = [2, 10, 3, 2];
  return {
    percent: null,
    stage: current,
    stages: names.map((name, i) => ({
      name,
      weight: weights[i],
      state: i < at ? "done" : i === at ? "current" : "upcoming",
    })),
    ...more,
  };
}

export const scheduled = (at: string, more: Facts = {}): WireStatus =>
  make({ status: "scheduled", attempt: 0, processingMs: null, waiting: { reason: "scheduled", at, inMs: 1 }, ...more });
export const pending = (waiting: Facts, more: Facts = {}): WireStatus =>
  make({ status: "pending", attempt: 0, processingMs: null, waiting, progress: stages(null), ...more });
export const processing = (more: Facts = {}): WireStatus => make({ status: "processing", ...more });
export const retrying = (inMs: number, message: string, more: Facts = {}): WireStatus =>
  make({
    status: "retrying",
    processingMs: null,
    waiting: { reason: "retry", at: NOW, inMs },
    lastError: { code: "upstream", message, category: "temporary", reference: "WM-7F3K" },
    ...more,
  });
export const completed = (more: Facts = {}): WireStatus =>
  make({
    status: "completed",
    seq: 9,
    finishedAt: NOW,
    processingMs: 26_000,
    result: { storyId: "s1" },
    progress: { ...stages(null), percent: 100 },
    retry: { eligible: false, reason: "completed", attemptsLeft: 2 },
    ...more,
  });
export const failed = (category: string, message: string, eligible: boolean, more: Facts = {}): WireStatus =>
  make({
    status: "failed",
    seq: 9,
    attempt: 3,
    finishedAt: NOW,
    error: { code: "a_code", message, category, reference: "WM-7F3K" },
    errorMessage: message,
    progress: stages("Analyzing", { percent: 40 }),
    retry: eligible ? { eligible, attemptsLeft: 0 } : { eligible, reason: "not_retryable", attemptsLeft: 0 },
    ...more,
  });
export const stopped = (status: "cancelled" | "expired", more: Facts = {}): WireStatus =>
  make({
    status,
    seq: 9,
    finishedAt: NOW,
    retry: { eligible: true, attemptsLeft: 2 },
    ...more,
  });
