/** The context of one attempt: turns what a handler says into reports, and stops a handler that no longer may. */
import { encodeTotal } from "../core/codec.js";
import { cutText } from "../core/cut-text.js";
import type { AnyJobDefinition } from "../core/define-job.js";
import { type Duration, toMs } from "../core/duration.js";
import { WaymarkError } from "../core/errors.js";
import type { JobContext } from "../core/handler.js";
import { percentOf } from "../core/progress.js";
import type { ClaimedJob, LeaseRef } from "../core/store.js";
import type { Runtime } from "../runtime.js";
import type { ReportBuffer, ReportPatch } from "./report-buffer.js";
import type { StopSwitch } from "./stop-switch.js";

/** Thrown by `ctx.snooze` to leave the handler. */
export class Snooze extends Error {
  override readonly name = "Snooze";
  readonly inMs: number;

  constructor(inMs: number) {
    super("The handler asked to run again later. Let this error pass: it is how snooze leaves the handler.");
    this.inMs = inMs;
  }
}

/** The attempt behind a context. Known to the report buffer by its identity. */
export interface Reporting extends LeaseRef {
  readonly claimed: ClaimedJob;
  readonly definition: AnyJobDefinition;
  readonly stopSwitch: StopSwitch;
  /** Then every write through the context is refused. */
  readonly isOver: boolean;
  onStage(name: string): void;
}

/** What a handler has said of its progress. */
interface Said {
  stage: string | null;
  percent: number | null;
  done: number | null;
  total: number | null;
  /** Since the last write. */
  message: string | null;
  readonly makePatch: () => ReportPatch;
  lines: number;
}

/** What a call that writes nothing by itself answers. */
const NOTED: Promise<void> = Promise.resolve();

/**
 * Handlers may take it apart (`{ signal, progress }`), so each method is a getter that answers a function bound to its
 * context; made when first asked for, as most handlers need one or two of them, if any.
 */
export class AttemptContext<Lease extends Reporting = Reporting> implements JobContext {
  readonly jobId: string;
  readonly kind: string;
  readonly owner: string | null;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly generation: number;
  readonly fence: number;
  /** Whether anything was ever handed to the report buffer. */
  hasReported = false;
  readonly #lease: Lease;
  readonly #reports: ReportBuffer<Lease>;
  readonly #tools: Pick<Runtime, "redactor" | "limits">;
  #metadata: Readonly<Record<string, unknown>> | null = null;
  #bound: Partial<Pick<JobContext, "stage" | "progress" | "log" | "snooze">> | null = null;
  /** Most handlers say nothing. */
  #said: Said | null = null;

  constructor(lease: Lease, reports: ReportBuffer<Lease>, tools: Pick<Runtime, "redactor" | "limits">) {
    const { claimed } = lease;
    this.jobId = claimed.jobId;
    this.kind = claimed.kind;
    this.owner = claimed.owner;
    this.attempt = claimed.attempt;
    this.maxAttempts = claimed.maxAttempts;
    this.generation = claimed.generation;
    this.fence = claimed.fence;
    this.#lease = lease;
    this.#reports = reports;
    this.#tools = tools;
  }

  get metadata(): Readonly<Record<string, unknown>> {
    const text = this.#lease.claimed.metadata;
    this.#metadata ??= text === null ? {} : (JSON.parse(text) as Record<string, unknown>);
    return this.#metadata;
  }
  get signal(): AbortSignal {
    return this.#lease.stopSwitch.signal;
  }
  get stage(): JobContext["stage"] {
    this.#bound ??= {};
    this.#bound.stage ??= (name) => this.#enter(name);
    return this.#bound.stage;
  }
  get progress(): JobContext["progress"] {
    this.#bound ??= {};
    this.#bound.progress ??= (done, total, message) => this.#note(done, total, message);
    return this.#bound.progress;
  }
  get log(): JobContext["log"] {
    this.#bound ??= {};
    this.#bound.log ??= (message, fields) => this.#write(message, fields);
    return this.#bound.log;
  }
  get snooze(): JobContext["snooze"] {
    this.#bound ??= {};
    this.#bound.snooze ??= (delay: Duration): never => {
      this.#assertMayWrite();
      throw new Snooze(toMs(delay, "delay"));
    };
    return this.#bound.snooze;
  }

  async #enter(name: string): Promise<void> {
    this.#assertMayWrite();
    const said = this.#saying();
    if (name === said.stage) return;
    const { stages } = this.#lease.definition;
    const at = stages.findIndex((declared) => declared.name === name);
    if (at < 0) {
      const known = stages.map((declared) => declared.name).join(", ") || "none";
      throw new WaymarkError("unknown_stage", { kind: this.kind, stage: String(name), known });
    }
    if (said.stage !== null && at < stages.findIndex((declared) => declared.name === said.stage)) {
      throw new WaymarkError("invalid_option", {
        option: "stage",
        problem: `${name} comes before ${said.stage}; stages only go forward`,
      });
    }
    said.stage = name;
    this.#lease.onStage(name);
    this.#raise(said, null, null);
    this.#put({ stage: name, ...(said.percent === null ? {} : { percent: said.percent }) });
    await this.#reports.flush(this.#lease);
    this.#assertMayWrite();
  }

  /** Called in loops: no promise and no object of its own, and what it says is redacted only when it is written. */
  #note(done: number, total: number | undefined, message: string | undefined): Promise<void> {
    try {
      this.#assertMayWrite();
      assertCount("done", done);
      if (total !== undefined) assertCount("total", total);
      const said = this.#saying();
      said.done = done;
      said.total = total ?? null;
      this.#raise(said, done, said.total);
      if (message !== undefined) said.message = String(message);
      this.hasReported = true;
      this.#reports.putLater(this.#lease, said.makePatch);
      return NOTED;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #saying(): Said {
    this.#said ??= {
      stage: null,
      percent: null,
      done: null,
      total: null,
      message: null,
      makePatch: () => this.#figures(),
      lines: 0,
    };
    return this.#said;
  }

  #figures(): ReportPatch {
    const { redactor, limits } = this.#tools;
    const said = this.#saying();
    const { done, total, percent, message } = said;
    said.message = null;
    return {
      done,
      total,
      ...(percent === null ? {} : { percent }),
      ...(message === null ? {} : { message: cutText(redactor.text(message), limits.progressMessageBytes) }),
    };
  }

  #write(message: string, fields: Readonly<Record<string, unknown>> | undefined): void {
    this.#assertMayWrite();
    const { redactor, limits } = this.#tools;
    const lines = ++this.#saying().lines;
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
    this.#put({ logs: [line] });
  }

  #put(patch: ReportPatch): void {
    this.hasReported = true;
    this.#reports.put(this.#lease, patch);
  }

  #raise(said: Said, done: number | null, total: number | null): void {
    const next = percentOf(this.#lease.definition.stages, said.stage, done, total);
    if (next !== null && (said.percent === null || next > said.percent)) said.percent = next;
  }

  #assertMayWrite(): void {
    if (this.#lease.isOver) throw new WaymarkError("attempt_over", { jobId: this.jobId });
    const { reason } = this.#lease.stopSwitch;
    if (reason !== null) throw reason;
  }
}

function assertCount(option: string, count: unknown): void {
  if (typeof count === "number" && Number.isFinite(count) && count >= 0) return;
  throw new WaymarkError("invalid_option", { option, problem: "it is a number from 0" });
}
