/** An option that nobody reads is refused, in every call of the library: a misspelled one would be a default in silence. */
import { expect, it } from "vitest";
import { createHttpApi } from "../../src/http/index.js";
import { defineJob, openWaymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { sqliteStore } from "../../src/stores/sqlite/store.js";

type Call = () => unknown;
/** What a compiler would refuse, and a program without one writes. */
const wrong = (options: object): never => options as never;
const job = defineJob({ kind: "greet" });
const SECRET = "0123456789abcdef0123456789abcdef";
const someone = "01a22311-4a28-721b-b570-3cc8bcbe60b3";

async function refusal(call: Call): Promise<{ code: unknown; message: string } | null> {
  try {
    await call();
    return null;
  } catch (error) {
    return { code: (error as { code?: unknown }).code, message: (error as Error).message };
  }
}
const open = async (use: (waymark: Awaited<ReturnType<typeof openWaymark>>) => unknown): Promise<void> => {
  await using waymark = await openWaymark({ store: "memory:" });
  await use(waymark);
};

const CALLS: Record<string, readonly [misspelled: string, meant: string, call: Call]> = {
  openWaymark: ["loger", "logger", () => openWaymark(wrong({ store: "memory:", loger: console }))],
  "the options of a store": ["maxJob", "maxJobs", () => openWaymark({ store: "memory:", storeOptions: { maxJob: 1 } })],
  memoryStore: ["maxjobs", "maxJobs", () => memoryStore(wrong({ maxjobs: 1 }))],
  sqliteStore: ["synchronus", "synchronous", () => sqliteStore(wrong({ path: "never", synchronus: "FULL" }))],
  postgresStore: ["schemas", "schema", () => postgresStore(wrong({ url: "postgres://nowhere", schemas: "jobs" }))],
  retention: [
    "retention.complete",
    "completed",
    () => openWaymark({ store: "memory:", retention: wrong({ complete: "1d" }) }),
  ],
  "a rule of retention": [
    "retention.failed.ages",
    "age",
    () => openWaymark({ store: "memory:", retention: { failed: wrong({ ages: "1d" }) } }),
  ],
  limits: ["limits.payload", "payloadBytes", () => openWaymark({ store: "memory:", limits: wrong({ payload: 1 }) })],
  redact: ["redact.key", "keys", () => openWaymark({ store: "memory:", redact: wrong({ key: ["iban"] }) })],
  services: [
    "services.python.origin",
    "origins",
    () => openWaymark({ store: "memory:", services: { python: wrong({ origin: "https://a.example" }) } }),
  ],
  defineJob: ["maxAttempt", "maxAttempts", () => defineJob(wrong({ kind: "greet", maxAttempt: 5 }))],
  backoff: ["backoff.maxi", "max", () => defineJob({ kind: "greet", backoff: wrong({ maxi: "5m" }) })],
  "a stage": ["stages.wieght", "weight", () => defineJob({ kind: "greet", stages: [wrong({ name: "a", wieght: 3 })] })],
  remote: [
    "remote.services",
    "service",
    () => defineJob({ kind: "greet", remote: wrong({ url: "https://a.example", services: "python" }) }),
  ],
  "a concurrency key": [
    "concurrencyKey.limits",
    "limit",
    () => open((waymark) => waymark.enqueue(job, {}, { concurrencyKey: wrong({ key: "a", limits: 2 }) })),
  ],
  tokens: ["tokens.secrets", "secret", () => openWaymark({ store: "memory:", tokens: wrong({ secrets: [SECRET] }) })],
  "a read token, which would else be good for as long as by default": [
    "expireIn",
    "expiresIn",
    async () => {
      await using waymark = await openWaymark({ store: "memory:", tokens: { secret: SECRET } });
      await waymark.tokens.readAll("ada", wrong({ expireIn: "1m" }));
    },
  ],
  enqueue: ["dely", "delay", () => open((waymark) => waymark.enqueue(job, {}, wrong({ dely: "5s" })))],
  enqueueMany: ["quue", "queue", () => open((waymark) => waymark.enqueueMany(job, [{}], wrong({ quue: "a" })))],
  work: [
    "concurency",
    "concurrency",
    () => open((waymark) => waymark.work([job.handle(() => 1)], wrong({ concurency: 3 }))),
  ],
  cancel: ["forse", "force", () => open((waymark) => waymark.cancel(someone, wrong({ actor: "ada", forse: true })))],
  awaitCompletion: [
    "timout",
    "timeout",
    () => open(({ tracker }) => tracker.awaitCompletion(someone, wrong({ timout: 5 }))),
  ],
  watch: ["signals", "signal", () => open(({ tracker }) => tracker.watch(someone, wrong({ signals: 1 })).next())],
  "list, which would else show everybody's jobs": [
    "onwer",
    "owner",
    () => open(({ tracker }) => tracker.list(wrong({ onwer: "ada" }))),
  ],
  counts: ["knid", "kind", () => open(({ tracker }) => tracker.counts(wrong({ knid: "greet" })))],
  track: ["ownr", "owner", () => open((waymark) => waymark.track(wrong({ kind: "greet", ownr: "ada" }), () => 1))],
  "recorder.enqueued": [
    "jobid",
    "jobId",
    () => open(({ recorder }) => recorder.enqueued(wrong({ kind: "greet", jobid: someone }))),
  ],
  cors: [
    "cors.origin",
    "origins",
    () => open((waymark) => createHttpApi({ waymark, authenticate: () => null, cors: wrong({ origin: [] }) })),
  ],
  rateLimit: [
    "rateLimit.bursts",
    "burst",
    () =>
      open((waymark) =>
        createHttpApi({ waymark, authenticate: () => null, rateLimit: wrong({ perSecond: 1, bursts: 1 }) }),
      ),
  ],
  createHttpApi: [
    "rateLimits",
    "rateLimit",
    () => open((waymark) => createHttpApi(wrong({ waymark, authenticate: () => null, rateLimits: false }))),
  ],
};

it.each(Object.entries(CALLS))(
  "a misspelled option is refused, and the one that was meant is named: %s",
  async (_of, [misspelled, meant, call]) => {
    expect(await refusal(call)).toEqual({
      code: "invalid_option",
      message: `The option ${misspelled} is not usable: there is none of that name, but there is ${meant}.`,
    });
  },
);

it.each([
  ["openWaymark without a store", () => openWaymark(wrong({}))],
  ["openWaymark with a store that is none", () => openWaymark(wrong({ store: 7 }))],
  ["defineJob of nothing", () => defineJob(undefined as never)],
  ["back-off that is no object", () => defineJob({ kind: "greet", backoff: "5s" as never })],
  ["enqueueMany of no list", () => open((waymark) => waymark.enqueueMany(job, {} as never))],
  ["an API that cannot know who asks", () => open((waymark) => createHttpApi(wrong({ waymark })))],
])("what is no option at all is refused by a typed error: %s", async (_what, call: Call) => {
  expect(await refusal(call)).toMatchObject({ code: "invalid_option" });
});
