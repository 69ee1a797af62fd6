/** The context of one attempt: turns what a handler says into reports, and stops a handler that no longer may. */
import { encodeTotal } from "../core/codec.js";
import { cutText } from "../core/cut-text.js";
import type { AnyJobDefinition } from "../core/define-job.js";
import { type Duration, toMs } from "../core/duration.js";
import { WaymarkError } from "../core/errors.js";
import type { JobContext } from "../core/handler.js";
import type { Limits } from "../core/limits.js";
import { percentOf } from "../core/progress.js";
import type { Redactor } from "../core/redact.js";
import type { ClaimedJob } from "../core/store.js";
import type { ReportBuffer } from "./report-buffer.js";

/** Thrown by `ctx.snooze` to leave the handler. */
export class Snooze extends Error {
  override readonly name = "Snooze";
  readonly inMs: number;

  constructor(inMs: number) {
    super("The handler asked to run again later. Let this error pass: it is how snooze leaves the handler.");
    this.inMs = inMs;
  }
}

export interface ContextOptions {
  readonly claimed: ClaimedJob;
  readonly definition: AnyJobDefinition;
  /** Read when the handler asks for it. */
  readonly signal: AbortSignal;
  /** Why the handler may no longer write; null = it may. Default: the reason of `signal`. */
  readonly stopReason?: () => Error | null;
  readonly reports: ReportBuffer;
  readonly redactor: Redactor;
  readonly limits: Limits;
  /** Told when a stage begins. */
  readonly onStage: (name: string) => void;
}

export interface OpenContext {
  readonly context: JobContext;
  /** After this every write through the context is refused. */
  close(): void;
}

export function openJobContext(options: ContextOptions): OpenContext {
  const { claimed, definition, reports, redactor, limits, onStage } = options;
  const stopReason = options.stopReason ?? (() => reasonOf(options.signal));
  const { jobId, kind } = claimed;
  const stages = definition.stages;
  let open = true;
  let stage: string | null = null;
  let percent: number | null = null;
  let lines = 0;

  const assertMayWrite = (): void => {
    if (!open) throw new WaymarkError("attempt_over", { jobId });
    const reason = stopReason();
    if (reason !== null) throw reason;
  };
  const raise = (next: number | null): { percent: number } | undefined => {
    if (next === null || (percent !== null && next <= percent)) return undefined;
    percent = next;
    return { percent };
  };

  const context: JobContext = {
    jobId,
    kind,
    owner: claimed.owner,
    attempt: claimed.attempt,
    maxAttempts: claimed.maxAttempts,
    generation: claimed.generation,
    fence: claimed.fence,
    metadata: claimed.metadata === null ? {} : (JSON.parse(claimed.metadata) as Record<string, unknown>),
    get signal() {
      return options.signal;
    },
    stage: async (name) => {
      assertMayWrite();
      if (name === stage) return;
      const at = stages.findIndex((declared) => declared.name === name);
      if (at < 0) {
        const known = stages.map((declared) => declared.name).join(", ") || "none";
        throw new WaymarkError("unknown_stage", { kind, stage: String(name), known });
      }
      if (stage !== null && at < stages.findIndex((declared) => declared.name === stage)) {
        throw new WaymarkError("invalid_option", {
          option: "stage",
          problem: `${name} comes before ${stage}; stages only go forward`,
        });
      }
      stage = name;
      onStage(name);
      reports.put(claimed, { stage: name, ...raise(percentOf(stages, name, null, null)) });
      await reports.flush(claimed);
      assertMayWrite();
    },
    progress: async (done, total, message) => {
      assertMayWrite();
      assertCount("done", done);
      if (total !== undefined) assertCount("total", total);
      reports.put(claimed, {
        done,
        total: total ?? null,
        ...(message === undefined
          ? {}
          : { message: cutText(redactor.text(String(message)), limits.progressMessageBytes) }),
        ...raise(percentOf(stages, stage, done, total ?? null)),
      });
    },
    log: (message, fields) => {
      assertMayWrite();
      lines++;
      if (lines > limits.logLines) return;
      const line =
        lines === limits.logLines
          ? { message: `This attempt wrote more than ${limits.logLines} lines; the rest is left out.`, fields: null }
          : {
              message: cutText(redactor.text(String(message)), limits.logLineBytes),
              fields:
                fields === undefined
                  ? null
                  : encodeTotal(redactor.value(fields, limits.logLineBytes), limits.logLineBytes),
            };
      reports.put(claimed, { logs: [line] });
    },
    snooze: (delay: Duration): never => {
      assertMayWrite();
      throw new Snooze(toMs(delay, "delay"));
    },
  };
  return {
    context,
    close: () => {
      open = false;
    },
  };
}

function reasonOf(signal: AbortSignal): Error | null {
  return signal.aborted && signal.reason instanceof Error ? signal.reason : null;
}

function assertCount(option: string, count: unknown): void {
  if (typeof count === "number" && Number.isFinite(count) && count >= 0) return;
  throw new WaymarkError("invalid_option", { option, problem: "it is a number from 0" });
}
