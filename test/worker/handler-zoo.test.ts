/** Handlers that end in every way a handler can: each ending is recorded, on its own job and on no other. */
import { expect, it } from "vitest";
import { defineJob, type JobContext } from "../../src/index.js";
import { onEveryStore } from "../promises/on-every-store.js";

const refusing = (): never => {
  throw new Error("no way in");
};
const TRAPS: ProxyHandler<object> = {
  get: refusing,
  has: refusing,
  ownKeys: refusing,
  getPrototypeOf: refusing,
  getOwnPropertyDescriptor: refusing,
};

const cyclic = (): Error => {
  const error = new Error("cyclic");
  const cause = new Error("its cause", { cause: error });
  return Object.assign(error, { cause, self: error });
};
const getter = (): Error =>
  Object.defineProperties(new Error("x"), {
    message: { get: refusing },
    name: { get: refusing },
    code: { get: refusing },
  });

const thenable = (): object => new Proxy({}, { get: (_target, name) => (name === "then" ? refusing : undefined) });

/** What each throws. */
const THROWN: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  undefined: () => undefined,
  "a number": () => Number.NaN,
  "a text": () => "just a text",
  "a symbol": () => Symbol("s"),
  "a bigint": () => 1n,
  "a function": () => refusing,
  "a proxy that refuses everything": () => new Proxy(new Error("x"), TRAPS),
  "a proxy of a function": () => new Proxy(refusing, TRAPS),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable(new Error("x"), {});
    revoke();
    return proxy;
  },
  "an error with getters that throw": getter,
  "a megabyte": () => new Error("x".repeat(1_048_576)),
  "NUL characters": () => new Error("a\0b\u0000c"),
  "lone surrogates": () => new Error("\ud800 and \udfff"),
  "a cyclic cause": cyclic,
  "an object without a prototype": () => Object.assign(Object.create(null) as object, { message: "bare" }),
  "a promise that rejects": () => {
    const rejected = Promise.reject(new Error("inner"));
    rejected.catch(() => {});
    return rejected;
  },
  "a thenable": thenable,
};

/** What each returns. */
const RETURNED: Readonly<Record<string, () => unknown>> = {
  "a rejection": () => Promise.reject(new Error("later")),
  "a thenable that throws": thenable,
  "a proxy": () => new Proxy({}, TRAPS),
  "a symbol": () => Symbol("s"),
  "a cycle": cyclic,
  "a megabyte too much": () => "x".repeat(9_000_000),
  NUL: () => ({ text: "a\0b", "\0": 1 }),
};

const HANG = "never settles, and heeds no signal";

onEveryStore("the handler zoo", (world) => {
  it("P2 whatever a handler throws or returns is recorded as the end of its own attempt", async () => {
    const { waymark, until } = world();
    const ways: [string, (context: JobContext) => unknown][] = [
      ...Object.entries(THROWN).map(([name, make]): [string, () => unknown] => [
        `throws ${name}`,
        () => {
          throw make();
        },
      ]),
      ...Object.entries(THROWN).map(([name, make]): [string, () => unknown] => [
        `rejects with ${name}`,
        () => new Promise((_resolve, reject) => void world().clock.after(50, () => reject(make()))),
      ]),
      ...Object.entries(RETURNED).map(([name, make]): [string, () => unknown] => [`returns ${name}`, make]),
      [HANG, () => new Promise(() => {})],
    ];
    const kindOf = (i: number): string => `zoo-${i}`;
    const sane = defineJob({ kind: "sane" });
    const definitions = ways.map((_, i) => defineJob({ kind: kindOf(i), maxAttempts: 1, timeout: "2s" }));
    const refs = await Promise.all(definitions.map((definition) => waymark.enqueue(definition, null)));
    const neighbours = await waymark.enqueueMany(sane, [1, 2, 3, 4, 5]);
    waymark.work(
      [
        ...definitions.map((definition, i) => definition.handle((_input, context) => ways[i]![1](context))),
        sane.handle((n) => n),
      ],
      { concurrency: ways.length },
    );
    await until(async () => {
      const { pending, processing } = await waymark.tracker.counts();
      return pending + processing === 0;
      // Small steps: a real database that is slow to answer must not be outrun by the leases.
    }, 10);
    for (const [i, [name]] of ways.entries()) {
      const info = await waymark.tracker.getStatus(refs[i]!);
      if (name === "returns NUL") expect([name, info?.status]).toEqual([name, "completed"]);
      else
        expect([name, info]).toEqual([
          name,
          expect.objectContaining({ jobId: refs[i]!.jobId, kind: kindOf(i), status: "failed", attempt: 1 }),
        ]);
      if (name === HANG) expect(info).toMatchObject({ error: { code: "timeout" } });
      // A lease that ran out is no record of what happened.
      if (info?.status === "failed") expect([name, info.error.code]).not.toEqual([name, "lost"]);
      expect(await waymark.tracker.explain(refs[i]!)).not.toBe(null);
    }
    for (const [n, ref] of neighbours.entries())
      expect(await waymark.tracker.getStatus(ref)).toMatchObject({ status: "completed", result: n + 1 });
  });
});
