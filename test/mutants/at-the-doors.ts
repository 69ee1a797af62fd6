/** Planted where others come in: outside services, HTTP. */
import type { Mutant } from "./mutant.js";

const SIMULATION = "test/simulation/simulation.test.ts";

export const AT_THE_DOORS: readonly Mutant[] = [
  {
    id: "callback: a time that is no number is fresh",
    breaks: "W2: a recorded message counts for ever",
    file: "src/remote/signature.ts",
    search: "return Math.abs(nowMs / 1_000 - timestamp) <= TOLERANCE_S;",
    replace: "return !(Math.abs(nowMs / 1_000 - timestamp) > TOLERANCE_S);",
    tests: ["test/remote/signature.test.ts"],
  },
  {
    id: "callback: old messages count",
    breaks: "W2: a recorded message counts for an hour",
    file: "src/remote/signature.ts",
    search: "export const TOLERANCE_S = 300;",
    replace: "export const TOLERANCE_S = 3_600;",
    tests: ["test/remote/signature.test.ts", "test/remote/callback.test.ts"],
  },
  {
    id: "callback: any service may report",
    breaks: "W4: a service ends the jobs of another",
    file: "src/remote/callback.ts",
    search: "if ((await sentTo(setup, record, fence)) !== service.name) {",
    replace: "if ((await sentTo(setup, record, fence)) === null) {",
    tests: ["test/remote/callback.test.ts"],
  },
  {
    id: "callback: completed before the product is made",
    breaks: "E5: a user sees completed and finds nothing",
    file: "src/remote/callback.ts",
    search: "completedOutcome(runtime, await receive(runtime, job, record, body))",
    replace: "completedOutcome(runtime, body.result)",
    tests: [SIMULATION, "test/remote/receive.test.ts"],
  },
  {
    id: "callback: answered before it is recorded",
    breaks: "a service forgets what nobody remembers",
    file: "src/remote/callback.ts",
    search: "const [answer] = await store.callback([{ jobId, fence, id, seq, effect, leaseMs }]);",
    replace: [
      "void store.callback([{ jobId, fence, id, seq, effect, leaseMs }]).catch(() => {});",
      "  const answer = { applied: true, status: record.status } as const;",
    ].join("\n"),
    tests: [SIMULATION, "test/remote/callback.test.ts"],
  },
  {
    id: "http: subscribes before it authorises",
    breaks: "S4: whoever may not see a job costs the store all the same",
    file: "src/http/stream-routes.ts",
    search: "const info = await findJob(waymark, viewer, id);",
    replace: "feed.follow(id, () => undefined);\n        const info = await findJob(waymark, viewer, id);",
    tests: ["test/http/streams.test.ts"],
  },
  {
    id: "http: the owner is not asked for",
    breaks: "S1: somebody else's job can be seen",
    file: "src/http/route.ts",
    search: "viewer.owner === null ? {} : { owner: viewer.owner }",
    replace: "{}",
    tests: ["test/http/authorization.test.ts"],
  },
  {
    id: "http: a stream outlives its session",
    breaks: "S4: who was logged out goes on watching",
    file: "src/http/stream-routes.ts",
    search: "if (now === null || isOver || !isSame(now, viewer)) end();",
    replace: "if (now === null) end();",
    tests: ["test/http/streams.test.ts"],
  },
];
