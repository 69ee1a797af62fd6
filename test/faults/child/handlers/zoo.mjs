/** Handlers that end in every way a handler can; `expected` says what must be recorded of each. */
import { setTimeout as sleep } from "node:timers/promises";
import { defineJob } from "waymark";

const cyclic = () => {
  const error = new Error("outer");
  error.cause = new Error("inner", { cause: error });
  return error;
};
const hostile = () =>
  new Proxy(new Error("hostile"), {
    get() {
      throw new Error("no way in");
    },
    getPrototypeOf() {
      throw new Error("no way in");
    },
    ownKeys() {
      throw new Error("no way in");
    },
  });

const ways = {
  "throws-null": () => {
    throw null;
  },
  "throws-undefined": () => {
    throw undefined;
  },
  "throws-symbol": () => {
    throw Symbol("odd");
  },
  "throws-proxy": () => {
    throw hostile();
  },
  "throws-megabyte": () => {
    throw new Error("x".repeat(1_048_576));
  },
  "throws-nul": () => {
    throw new Error("before\u0000after");
  },
  "throws-lone-surrogate": () => {
    throw new Error("half \ud800 a pair");
  },
  "throws-cycle": () => {
    throw cyclic();
  },
  "rejects-later": async () => {
    await sleep(30);
    throw new Error("later");
  },
  "never-settles": () => new Promise(() => {}),
  "returns-nul": () => ({ text: "before\u0000after" }),
  "returns-cycle": () => {
    const value = {};
    value.self = value;
    return value;
  },
  "returns-function": () => () => {},
  "returns-bigint": () => 10n,
  "returns-undefined": () => undefined,
  "returns-megabytes": () => "x".repeat(3_000_000),
  "rejects-behind-its-back": async () => {
    void Promise.reject(new Error("nobody awaits this"));
    await sleep(20);
    return "done";
  },
};

/** Every other way of the zoo must be recorded as failed. */
export const COMPLETES = ["returns-undefined"];
/** Either is honest: the value may be stored as it is, or refused; the stray rejection may be blamed on its job. */
export const EITHER = ["returns-nul", "rejects-behind-its-back"];
export const WAYS = Object.keys(ways);

export const handlers = ({ note }) =>
  Object.entries(ways).map(([name, way]) =>
    defineJob({ kind: `zoo-${name}`, maxAttempts: 1, timeout: "500ms" }).handle(
      async (_input, { jobId, fence, attempt }) => {
        note("begin", { jobId, fence, attempt });
        try {
          return await way();
        } finally {
          note("end", { jobId, fence, attempt });
        }
      },
    ),
  );
