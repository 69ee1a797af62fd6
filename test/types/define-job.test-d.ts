/** Types are stated once, in the definition, and inferred everywhere else; zod, valibot and arktype alike. */
import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  defineJob,
  isFailed,
  isSuccessful,
  isTerminal,
  type JobReference,
  type JobStatus,
  type JobStatusInfo,
  type Waymark,
} from "../../src/index.js";

declare const waymark: Waymark;

describe("inference from Standard Schema", () => {
  it("zod: what enqueue takes, what the handler gets, what it returns and what the result is", () => {
    const job = defineJob({
      kind: "zod",
      input: z.object({ at: z.string().transform((text) => new Date(text)) }),
      output: z.object({ n: z.number().default(0) }),
    });
    expectTypeOf(waymark.enqueue<{ at: string }, { n: number }>).toBeCallableWith(job, { at: "2026-01-01" });
    // @ts-expect-error the input before its transformation is a text
    void waymark.enqueue(job, { at: new Date() });
    job.handle((input) => {
      expectTypeOf(input).toEqualTypeOf<{ at: Date }>();
      return {};
    });
    // @ts-expect-error a handler returns what the output schema takes
    job.handle(() => ({ n: "many" }));
    expectTypeOf(waymark.enqueue(job, { at: "" })).resolves.toEqualTypeOf<JobReference<{ n: number }>>();
  });

  it("valibot", () => {
    const job = defineJob({ kind: "valibot", input: v.object({ n: v.number() }), output: v.string() });
    // @ts-expect-error n is a number
    void waymark.enqueue(job, { n: "1" });
    job.handle(({ n }) => {
      expectTypeOf(n).toBeNumber();
      return String(n);
    });
    expectTypeOf(waymark.enqueue(job, { n: 1 })).resolves.toEqualTypeOf<JobReference<string>>();
  });

  it("arktype", () => {
    const job = defineJob({ kind: "arktype", input: type({ email: "string" }), output: type("boolean") });
    // @ts-expect-error email is missing
    void waymark.enqueue(job, {});
    job.handle(({ email }) => email.length > 3);
    expectTypeOf(waymark.enqueue(job, { email: "" })).resolves.toEqualTypeOf<JobReference<boolean>>();
  });

  it("without schemas anything storable goes", () => {
    const job = defineJob({ kind: "free" });
    void waymark.enqueue(job, { any: ["thing"] });
    job.handle((input) => {
      expectTypeOf(input).toBeUnknown();
      return 1;
    });
  });
});

describe("stages", () => {
  it("only a declared stage compiles", () => {
    const job = defineJob({ kind: "staged", stages: ["load", { name: "work", weight: 5 }] });
    job.handle(async (_input, ctx) => {
      expectTypeOf(ctx.stage).parameter(0).toEqualTypeOf<"load" | "work">();
      // @ts-expect-error no such stage
      await ctx.stage("lunch");
    });
  });

  it("a job without stages has none to enter", () => {
    defineJob({ kind: "plain" }).handle(async (_input, ctx) => {
      expectTypeOf(ctx.stage).parameter(0).toBeNever();
    });
  });
});

describe("B4 the predicates are type guards over one union", () => {
  it("B4 each status carries its own facts", () => {
    const use = (info: JobStatusInfo<{ n: number }>): void => {
      expectTypeOf(info.status).toEqualTypeOf<JobStatus>();
      // @ts-expect-error only a completed job has a result
      void info.result;
      if (info.status === "completed") expectTypeOf(info.result).toEqualTypeOf<{ n: number }>();
      if (info.status === "retrying") expectTypeOf(info.lastError.message).toBeString();
      if (isTerminal(info)) expectTypeOf(info.finishedAt).toEqualTypeOf<Date>();
      if (isFailed(info)) expectTypeOf(info.errorMessage).toBeString();
    };
    expectTypeOf(use).toBeFunction();
  });

  it("B7 the four-way answer of awaitCompletion narrows", () => {
    const handle = async (ref: JobReference<{ n: number }>): Promise<string> => {
      const info = await waymark.tracker.awaitCompletion(ref, { timeout: "30s" });
      if (info === null) return "unknown";
      if (isSuccessful(info)) return info.result.n.toFixed(0);
      if (isFailed(info)) return info.error.message;
      return isTerminal(info) ? info.finishedAt.toISOString() : (info.progress?.stage ?? "still running");
    };
    expectTypeOf(handle).returns.resolves.toBeString();
  });
});
