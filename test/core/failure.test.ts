/** What is recorded of whatever a handler throws: one face for its user, another for operators. */
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8Bytes } from "../../src/core/cut-text.js";
import { ERRORS, WaymarkError } from "../../src/core/errors.js";
import {
  type Failure,
  failureReference,
  isJobError,
  JobError,
  type JobErrorOptions,
  SYSTEM_FAILURES,
  type SystemFailureCode,
  systemFailure,
  toFailure,
} from "../../src/core/failure.js";
import { createRedactor } from "../../src/core/redact.js";
import { VALUE_ZOO } from "../../src/testing/value-zoo.js";

const GENERIC = "Something went wrong on our side.";
const redactor = createRedactor();
const record = (thrown: unknown, maxBytes = 16_384): Failure =>
  toFailure(thrown, { reference: "r-1", redactor, maxBytes });
const detailOf = (thrown: unknown): Record<string, any> => JSON.parse(record(thrown).stored.detail);
const user = (options: Partial<JobErrorOptions> = {}): Failure =>
  record(new JobError({ code: "empty_file", message: "The file has no rows.", ...options }));

/** What no failure may lack, whatever was thrown. */
function expectSound({ stored, retryable, retryAfterMs }: Failure, maxBytes = 16_384): void {
  expect(stored.public).toEqual({
    code: expect.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/),
    message: expect.stringMatching(/\S/),
    category: expect.stringMatching(/^(input|temporary|limit|internal)$/),
    retryable: expect.any(Boolean),
    reference: "r-1",
  });
  expect(utf8Bytes(stored.public.message)).toBeLessThanOrEqual(2_048);
  expect(stored.public.message).not.toMatch(/\p{Surrogate}|\0/u);
  expect(utf8Bytes(stored.detail)).toBeLessThanOrEqual(maxBytes);
  JSON.parse(stored.detail, (key, value: unknown) => {
    expect(key + (typeof value === "string" ? value : "")).not.toMatch(/\p{Surrogate}|\0/u);
    return value;
  });
  expect(typeof retryable).toBe("boolean");
  expect(retryAfterMs === null || Number.isInteger(retryAfterMs)).toBe(true);
}

const hostile = (): never => {
  throw new Error("hostile");
};
const hostileProxy = (): object =>
  new Proxy(new Error("x"), {
    get: hostile,
    has: hostile,
    getPrototypeOf: hostile,
    ownKeys: hostile,
    getOwnPropertyDescriptor: hostile,
  });
function cyclicCause(): Error {
  const first = new Error("first");
  first.cause = new Error("second", { cause: first });
  return first;
}
function withGetters(): Error {
  const error = new Error("x");
  for (const key of ["stack", "name", "message", "cause", "code", "errors"])
    Object.defineProperty(error, key, { get: hostile });
  return error;
}
function jobErrorWithGetters(): Error {
  const error = new JobError({ code: "a", message: "b" });
  for (const key of ["stack", "code", "message", "category", "retryable", "retryAfter", "details", "cause"]) {
    Object.defineProperty(error, key, { get: hostile });
  }
  return error;
}

const THROWN: readonly [string, () => unknown][] = [
  ["null", () => null],
  ["undefined", () => undefined],
  ["a text", () => "boom"],
  ["an empty text", () => ""],
  ["a number", () => 5],
  ["a BigInt", () => 5n],
  ["a symbol", () => Symbol("boom")],
  ["a function", () => () => 1],
  ["a plain object", () => ({ message: "boom" })],
  ["an error without a message", () => new Error()],
  ["an error of 10 MB", () => new Error("x".repeat(10_000_000))],
  ["10 MB of what must be escaped", () => new JobError({ code: "a", message: '\0\uD83D"'.repeat(3_000_000) })],
  ["NUL and lone surrogates", () => new Error("a\0b\uD83Dc\uDE00")],
  ["a frozen error", () => Object.freeze(new Error("x"))],
  ["an error of another realm", () => runInNewContext("new TypeError('other')")],
  ["an AggregateError", () => new AggregateError([new Error("a"), null, cyclicCause()], "all")],
  [
    "an AggregateError of itself",
    () => {
      const all = new AggregateError([], "all");
      all.errors.push(all, all, all, all, all, all);
      return all;
    },
  ],
  ["a cyclic cause", cyclicCause],
  ["a proxy that throws on everything", hostileProxy],
  [
    "a revoked proxy",
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  ["an error whose getters throw", withGetters],
  ["a JobError whose getters throw", jobErrorWithGetters],
  ["a cause that throws on everything", () => new Error("x", { cause: hostileProxy() })],
  ["details that throw on everything", () => new JobError({ code: "a", message: "b", details: { c: hostileProxy() } })],
  ["an object without a prototype", () => Object.create(null)],
];

describe("recording a failure is total", () => {
  it.each(THROWN)("L6 records %s", (_name, make) => {
    const before = performance.now();
    expectSound(record(make()));
    expectSound(record(make(), 64), 64);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it("L6 records every value of the zoo, thrown, as cause and in details", () => {
    for (const { make } of VALUE_ZOO) {
      expectSound(record(make()));
      expectSound(record(new Error("x", { cause: make() })));
      expectSound(record(new JobError({ code: "a", message: "b", details: make() })));
    }
  });

  it("L6 records a JobError made of anything", () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.record({
          code: fc.anything(),
          message: fc.anything(),
          category: fc.anything(),
          retryable: fc.anything(),
          retryAfter: fc.anything(),
          details: fc.anything(),
        }),
        (whole, fields) => {
          for (const options of [whole, fields]) {
            const error = new JobError(options as JobErrorOptions);
            expectSound(record(error));
            expectSound(record(Object.assign(Object.create(error), fields)));
          }
        },
      ),
    );
  });
});

describe("the two faces of a failure", () => {
  it("P2 shows the user a JobError as it says", () => {
    expect(user({ category: "input" }).stored.public).toEqual({
      code: "empty_file",
      message: "The file has no rows.",
      category: "input",
      retryable: false,
      reference: "r-1",
    });
  });

  it("P2 shows the user nothing of an unknown error, and the operators all of it", () => {
    const cause = Object.assign(new TypeError("inner canary"), { code: "ECONNRESET" });
    const { stored } = record(new RangeError("outer canary", { cause }));
    expect(stored.public).toEqual({
      code: "internal_error",
      message: GENERIC,
      category: "internal",
      retryable: true,
      reference: "r-1",
    });
    expect(JSON.parse(stored.detail)).toEqual({
      name: "RangeError",
      message: "outer canary",
      stack: expect.stringMatching(/^ +at /),
      cause: { name: "TypeError", message: "inner canary", code: "ECONNRESET", stack: expect.any(String) },
    });
  });

  it("P2 shows the code of our own errors, and keeps their words for the operators", () => {
    for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
      const { stored } = record(new WaymarkError(code, { kind: "k", problem: "canary" }));
      expect(stored.public).toMatchObject({ code, category: "internal", message: GENERIC });
      expect(stored.detail).toContain(code);
    }
  });

  it("P2 follows causes five deep", () => {
    let error = new Error("0");
    for (let i = 1; i < 10; i++) error = new Error(String(i), { cause: error });
    let depth = 0;
    for (let at = detailOf(error); at["cause"] !== undefined; at = at["cause"]) depth++;
    expect(depth).toBe(5);
  });

  it("P2 keeps the first errors of an AggregateError", () => {
    const errors = Array.from({ length: 9 }, (_, i) => new Error(String(i)));
    expect(detailOf(new AggregateError(errors, "all"))["errors"].map((e: Error) => e.message)).toEqual([
      "0",
      "1",
      "2",
      "3",
      "4",
    ]);
  });

  it("P3 drops what drivers hang on their errors, wherever it stands", () => {
    const driver = Object.assign(new Error('duplicate key value violates unique constraint "users_email"'), {
      code: "23505",
      detail: "Key (email)=(canary) already exists.",
      where: "canary",
      hint: "canary",
      query: "insert into users values ('canary')",
      internalQuery: "canary",
      parameters: ["canary"],
    });
    const wrapped = Object.assign(
      new Error(`Failed query: insert into users values ('canary')\nparams: canary`, { cause: driver }),
      {
        query: "insert into users values ('canary')",
        params: ["canary"],
      },
    );
    const plainThrown = { message: "x", detail: "canary", inner: { parameters: ["canary"], ok: "kept" } };
    for (const thrown of [
      driver,
      wrapped,
      plainThrown,
      new AggregateError([driver], "all"),
      new JobError({ code: "a", message: "b", cause: driver, details: { driver, list: [driver] } }),
    ]) {
      expect(JSON.stringify(record(thrown))).not.toContain("canary");
    }
    expect(detailOf(driver)).toMatchObject({ code: "23505", message: expect.stringContaining("users_email") });
    expect(detailOf(plainThrown)["details"]["inner"]["ok"]).toBe("kept");
    expect(detailOf(wrapped)["message"]).toBe("Failed query: [query dropped]");
  });

  it("P4 redacts both faces before anything is stored", () => {
    const secret = "password=canary jane.canary@mail.example";
    const error = Object.assign(
      new JobError({
        code: "a",
        message: secret,
        details: { token: "canary", text: secret },
        cause: new Error(secret),
      }),
      {
        name: secret,
      },
    );
    expect(JSON.stringify(record(error))).not.toContain("canary");
    expect(JSON.stringify(record(new Error(`${"x".repeat(4_090)} ${secret}`)))).not.toContain("canary");
    expect(JSON.stringify(record({ [secret]: secret }))).not.toContain("canary");
  });

  it("C7 cuts a long message with a visible marker", () => {
    expect(user({ message: "é".repeat(50_000) }).stored.public.message).toMatch(/^é+… \[cut\]$/);
  });
});

describe("whether to try again", () => {
  it.each([
    ["input", false],
    ["temporary", true],
    ["limit", false],
    ["internal", true],
  ] as const)("E6 category %s: %s by default, by itself and by hand, unless it is said", (category, byDefault) => {
    for (const [given, expected] of [
      [{}, byDefault],
      [{ retryable: true }, true],
      [{ retryable: false }, false],
    ] as const) {
      const failure = user({ category, ...given });
      expect([failure.retryable, failure.stored.public.retryable]).toEqual([expected, expected]);
    }
  });

  it("a retryAfter says that trying again can help, and how long to wait", () => {
    expect(user({ category: "limit", retryAfter: "30s" })).toMatchObject({ retryable: true, retryAfterMs: 30_000 });
    expect(user({ category: "limit", retryAfter: "30s", retryable: false }).retryable).toBe(false);
    expect(user({ category: "limit", retryAfter: "soon" as "1s" })).toMatchObject({
      retryable: false,
      retryAfterMs: null,
    });
  });

  it("anything unknown may be tried again", () => {
    expect(record(new Error("x"))).toMatchObject({ retryable: true, retryAfterMs: null });
  });
});

describe("JobError", () => {
  it("is an Error with its facts and its cause", () => {
    const cause = new Error("x");
    const error = new JobError({ code: "a.b-c_1", message: "Words.", category: "limit", cause, details: 5 });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error, message: error.message, cause: error.cause }).toMatchObject({
      name: "JobError",
      code: "a.b-c_1",
      message: "Words.",
      category: "limit",
      cause,
      details: 5,
    });
    expect("cause" in new JobError({ code: "a", message: "b" })).toBe(false);
  });

  it.each([
    undefined,
    null,
    5,
    "x",
    {},
    { code: "a b", message: 5, category: "other", retryable: "yes" },
    hostileProxy(),
  ])("never throws, and mends what is broken (%#)", (options) => {
    const error = new JobError(options as JobErrorOptions);
    expect(error).toMatchObject({ code: "job_error", message: GENERIC, category: "internal", retryable: undefined });
  });

  it("is recognised across copies of the package, and its fields are checked again", () => {
    const other = Object.assign(new Error("From a copy."), {
      [Symbol.for("waymark.JobError")]: true,
      code: 5,
      category: "input",
      retryable: "no",
    });
    expect(isJobError(other)).toBe(true);
    expect(record(other).stored.public).toMatchObject({
      code: "job_error",
      message: "From a copy.",
      category: "input",
      retryable: false,
    });
    expect([new Error("x"), { code: "a" }, null, hostileProxy()].map(isJobError)).toEqual([false, false, false, false]);
  });
});

describe("failures of the system", () => {
  it.each(Object.keys(SYSTEM_FAILURES) as SystemFailureCode[])("%s has a safe sentence", (code) => {
    const failure = systemFailure(code, "r-1");
    expectSound({ stored: failure, retryable: true, retryAfterMs: null });
    expect(failure.public.code).toBe(code);
    expect(failure.public.message).toMatch(/^[A-Z].*\.$/);
  });

  it("a reference names one attempt", () => {
    expect(failureReference("019a8c3e-1d2f-7abc-8def-0123456789ab", 3)).toBe("0123456789ab-3");
  });
});
