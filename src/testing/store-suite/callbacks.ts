/** What outside services tell: late, twice and in any order, each message is applied once and by the rules of its fence. */
import { describe, expect } from "vitest";
import type { JobRecord } from "../../core/job.js";
import type { CallbackAnswer, CallbackEffect, CallbackRequest, ClaimedJob, LeaseRef } from "../../core/store.js";
import type { Rule, World } from "./world.js";
import { CANCELLED, COMPLETED, DAY_MS, failed, LEASE_MS, only, RELEASED } from "./world.js";

const STARTED: CallbackEffect = { type: "started" };
const percent = (value: number): CallbackEffect => ({ type: "progress", report: { percent: value } });
const COMPLETE: CallbackEffect = { type: "settle", outcome: COMPLETED };
const FAIL: CallbackEffect = { type: "settle", outcome: failed() };

function message(
  lease: LeaseRef,
  seq: number,
  effect: CallbackEffect,
  id = `msg_${lease.fence}_${seq}`,
): CallbackRequest {
  return { jobId: lease.jobId, fence: lease.fence, id, seq, effect, leaseMs: LEASE_MS };
}
async function tell(world: World, request: CallbackRequest): Promise<CallbackAnswer> {
  return only(await world.store.callback([request]));
}
async function seqs(world: World, jobId: string): Promise<number[]> {
  return only(await world.store.callbacks([jobId])).map(({ seq }) => seq);
}
const refused = (reason: string, status: string | null): object => ({ applied: false, reason, status });
const applied = (status: string): object => ({ applied: true, status });

export function callbacksTheme(rule: Rule): void {
  describe("callbacks", () => {
    rule("E4 a started callback extends the lease and changes nothing else", async (world) => {
      const held = await world.running();
      const before = await world.read(held.jobId);
      await world.clock.advance(1_000);
      expect(await tell(world, { ...message(held, 1, STARTED), leaseMs: 5_000 })).toEqual(applied("processing"));
      const now = world.clock.now();
      expect(await world.read(held.jobId)).toEqual({ ...before, leaseExpiresAt: now + 5_000, readAt: now });
      expect(only(await world.store.callbacks([held.jobId]))).toEqual([
        { jobId: held.jobId, fence: held.fence, seq: 1, id: "msg_1_1" },
      ]);
    });

    rule("E4 progress is applied as a report is, and extends the lease", async (world) => {
      const held = await world.running();
      await world.clock.advance(1_000);
      const report = { stage: "load", percent: 20, done: 2, total: 10, message: "row 2" };
      expect(await tell(world, message(held, 1, { type: "progress", report }))).toEqual(applied("processing"));
      const job = await world.read(held.jobId);
      expect(job.progress).toEqual(report);
      expect([job.leaseExpiresAt, job.updatedAt]).toEqual([world.clock.now() + LEASE_MS, world.clock.now()]);
      await tell(world, message(held, 2, percent(10)));
      expect((await world.read(held.jobId)).progress).toMatchObject({ percent: 20 });
    });

    rule("E4 silence after a callback is a lost attempt: its lease counts from the last word", async (world) => {
      const held = await world.running();
      await world.clock.advance(LEASE_MS - 1_000);
      await tell(world, message(held, 1, STARTED));
      await world.clock.advance(LEASE_MS - 1_000);
      expect((await world.store.sweep(10)).rescued).toEqual([]);
      expect((await world.lose(1_000)).rescued).toMatchObject([{ jobId: held.jobId, to: "retrying" }]);
    });

    rule("T6 a completion is stored with its result, and the trail is the plain one", async (world) => {
      const held = await world.running();
      expect(await tell(world, message(held, 1, COMPLETE))).toEqual(applied("completed"));
      expect(await world.read(held.jobId)).toMatchObject({ status: "completed", result: '{"ok":true}' });
      expect(await world.events(held.jobId)).toEqual(["enqueue", "claim", "complete"]);
    });

    rule("T7, T8, T13 a failure is retried, final, or confirms a cancel, as told by a holder", async (world) => {
      const again: CallbackEffect = { type: "settle", outcome: failed({ retryInMs: 1_000 }) };
      const [retried, last, asked] = [
        await world.running(),
        await world.running({ maxAttempts: 1 }),
        await world.running(),
      ];
      await world.cancel(asked.jobId);
      const answers = await world.store.callback([retried, last, asked].map((held) => message(held, 1, again)));
      expect(answers).toEqual([applied("retrying"), applied("failed"), applied("cancelled")]);
      expect((await world.events(asked.jobId)).at(-1)).toBe("fail_cancel");
      expect((await world.read(retried.jobId)).runAt).toBe(world.clock.now() + 1_000);
    });

    rule("a late ending that nobody rescued counts and is marked late", async (world) => {
      const held = await world.running();
      await world.clock.advance(LEASE_MS + 1);
      expect(await tell(world, message(held, 1, COMPLETE))).toEqual(applied("completed"));
      expect((await world.trail(held.jobId)).at(-1)).toMatchObject({ event: "complete", reason: "late" });
    });

    rule("an ending that is illegal for a holder is so for a callback, and its id stays free", async (world) => {
      const held = await world.running();
      const confirm = message(held, 1, { type: "settle", outcome: CANCELLED });
      expect(await tell(world, confirm)).toEqual(refused("illegal", "processing"));
      await world.cancel(held.jobId);
      expect(await tell(world, confirm)).toEqual(applied("cancelled"));
    });

    rule("W4 a known id is a duplicate, whatever became of the job since", async (world) => {
      const held = await world.running();
      const first = message(held, 1, percent(10));
      await tell(world, first);
      expect(await tell(world, first)).toEqual(refused("duplicate", "processing"));
      expect(await tell(world, { ...message(held, 2, COMPLETE), id: first.id })).toEqual(
        refused("duplicate", "processing"),
      );
      await tell(world, message(held, 2, FAIL));
      expect(await tell(world, first)).toEqual(refused("duplicate", "failed"));
      await world.retry(held.jobId);
      const next = await world.claimOne();
      expect(await tell(world, { ...message(next, 1, STARTED), id: first.id })).toEqual(
        refused("duplicate", "processing"),
      );
      // The ids of another job are its own.
      const other = await world.running();
      expect(await tell(world, { ...message(other, 1, STARTED), id: first.id })).toEqual(applied("processing"));
    });

    rule("W6 seq only rises within a fence, and begins anew with the next", async (world) => {
      const held = await world.running();
      await tell(world, message(held, 3, percent(30)));
      expect(await tell(world, message(held, 3, percent(40), "other"))).toEqual(refused("stale", "processing"));
      expect(await tell(world, message(held, 2, COMPLETE))).toEqual(refused("stale", "processing"));
      await world.settle(held, RELEASED);
      const next = await world.claimOne();
      expect(await tell(world, message(next, 1, percent(5)))).toEqual(applied("processing"));
      expect(await seqs(world, held.jobId)).toEqual([3, 1]);
    });

    const locks: readonly (readonly [string, string, (world: World, held: ClaimedJob) => Promise<unknown>])[] = [
      ["after a rescue", "lost", (world) => world.lose()],
      ["after a force cancel", "lost", (world, held) => world.cancel(held.jobId, { force: true })],
      ["after a rescue and another claim", "lost", async (world) => [await world.lose(), await world.claimOne()]],
      ["after its own release", "ended", (world, held) => world.settle(held, RELEASED)],
      ["after its own ending", "ended", (world, held) => world.settle(held, COMPLETED)],
    ];
    for (const [when, reason, lockOut] of locks) {
      rule(`W6 ${when} every callback of that fence is ${reason} and changes nothing`, async (world) => {
        const held = await world.running();
        await lockOut(world, held);
        const before = await world.picture(held.jobId);
        const { status } = await world.read(held.jobId);
        for (const [i, effect] of [STARTED, percent(50), COMPLETE].entries()) {
          expect(await tell(world, message(held, i + 1, effect))).toEqual(refused(reason, status));
        }
        expect(await world.picture(held.jobId)).toEqual(before);
        expect(await seqs(world, held.jobId)).toEqual([]);
      });
    }

    rule("a callback for an unknown job, a purged one, or one never claimed changes nothing", async (world) => {
      const unknown = { jobId: world.newJob().jobId, fence: 1 };
      expect(await tell(world, message(unknown, 1, COMPLETE))).toEqual(refused("unknown", null));
      expect(await tell(world, { ...message(unknown, 1, COMPLETE), jobId: "nonsense" })).toEqual(
        refused("unknown", null),
      );
      const held = await world.running();
      await tell(world, message(held, 1, COMPLETE));
      await world.remove(held.jobId);
      expect(await tell(world, message(held, 1, COMPLETE))).toEqual(refused("unknown", null));
      const jobId = await world.add();
      expect(await tell(world, message({ jobId, fence: 1 }, 1, STARTED))).toEqual(refused("lost", "pending"));
      expect(await world.store.callbacks([unknown.jobId, held.jobId, jobId])).toEqual([[], [], []]);
    });

    rule("callbacks go with the job, by removal and by retention", async (world) => {
      const held = [await world.running(), await world.running()];
      for (const lease of held) await tell(world, message(lease, 1, COMPLETE));
      const ids = held.map(({ jobId }) => jobId);
      expect(await world.store.callbacks(ids)).toMatchObject([[{ seq: 1 }], [{ seq: 1 }]]);
      await world.remove(ids[0] as string);
      await world.clock.advance(DAY_MS);
      const rules = [{ status: "completed", olderThanMs: 1, keep: null }] as const;
      await world.store.purge({ rules, limit: 10, tombstoneMs: DAY_MS, actor: "retention" });
      expect(await world.store.callbacks(ids)).toEqual([[], []]);
    });

    rule("a different ending told afterwards leaves one conflict, the same one leaves none", async (world) => {
      const held = await world.running();
      await tell(world, message(held, 1, COMPLETE));
      expect(await tell(world, message(held, 2, COMPLETE))).toEqual(refused("ended", "completed"));
      expect(await tell(world, message(held, 3, FAIL))).toEqual(refused("ended", "completed"));
      expect(await tell(world, message(held, 4, FAIL))).toEqual(refused("ended", "completed"));
      expect(await world.events(held.jobId)).toEqual(["enqueue", "claim", "complete", "conflict"]);
      expect(await seqs(world, held.jobId)).toEqual([1]);
    });

    rule("the order within one call is kept, and a refused item does not disturb its neighbours", async (world) => {
      const [one, two] = [await world.running(), await world.running()];
      const answers = await world.store.callback([
        message(one, 1, STARTED),
        message({ ...one, fence: 9 }, 2, COMPLETE),
        message(two, 2, percent(20)),
        message(one, 2, percent(50)),
        message(two, 1, percent(90)),
        message(one, 3, COMPLETE),
        message(one, 4, percent(60)),
      ]);
      expect(answers).toEqual([
        applied("processing"),
        refused("lost", "processing"),
        applied("processing"),
        applied("processing"),
        refused("stale", "processing"),
        applied("completed"),
        refused("ended", "completed"),
      ]);
      expect((await world.read(two.jobId)).progress).toMatchObject({ percent: 20 });
    });

    rule("I25 the same callback told by many at once is applied once", async (world) => {
      const held = await world.running();
      for (const [seq, effect] of [[1, percent(30)] as const, [2, COMPLETE] as const]) {
        const told = Array.from({ length: 12 }, () => tell(world, message(held, seq, effect)));
        const answers = await Promise.all(told);
        expect(answers.filter((answer) => answer.applied)).toHaveLength(1);
        expect(answers.filter((answer) => !answer.applied && answer.reason === "duplicate")).toHaveLength(11);
      }
      expect(await world.events(held.jobId)).toEqual(["enqueue", "claim", "complete"]);
      expect(await seqs(world, held.jobId)).toEqual([1, 2]);
    });

    rule("I25 different callbacks told at once: one ending wins, seq rises, nothing else is written", async (world) => {
      const held = await world.running();
      const effects = [STARTED, percent(10), percent(60), COMPLETE, FAIL];
      const told = effects.map((effect, i) => tell(world, message(held, i + 1, effect)));
      const answers = await Promise.all(told);
      const endings = answers.slice(3).filter((answer) => answer.applied);
      expect(endings).toHaveLength(1);
      const events = await world.events(held.jobId);
      expect(events.filter((event) => event === "complete" || event === "fail")).toHaveLength(1);
      const seen = await seqs(world, held.jobId);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    });

    for (const [which, first] of NAMES.entries()) {
      rule(
        `E4, W6 every order of callbacks that begins with ${first}, with repeats, ends as it must`,
        async (world) => {
          const rest = NAMES.map((_, i) => i).filter((i) => i !== which);
          const orders = permutations(rest).map((order) => [which, ...order]);
          const leases = await secondFences(world, orders.length);
          // In groups, so that a store may commit many at once.
          for (let from = 0; from < orders.length; from += 60) {
            const group = leases.slice(from, from + 60);
            const told = group.map((_, i) => withRepeat(world, orders[from + i] as number[]));
            const oracles = await Promise.all(group.map((lease, i) => tellAll(world, lease, told[i] as number[])));
            const ids = group.map(({ jobId }) => jobId);
            const jobs = await world.store.read({ jobIds: ids, view: "info" });
            const trails = await world.store.trail(ids);
            const kept = await world.store.callbacks(ids);
            for (const [i, oracle] of oracles.entries()) {
              const job = jobs[i] as JobRecord;
              const events = (trails[i] ?? []).map(({ event }) => event);
              expect([job.status, job.progress?.percent ?? null, events], told[i]?.join()).toEqual(oracle.state());
              expect(
                kept[i]?.map(({ seq }) => seq),
                told[i]?.join(),
              ).toEqual(oracle.applied);
            }
          }
        },
      );
    }
  });
}

function withRepeat(world: World, order: readonly number[]): number[] {
  const again = order[Math.floor(world.clock.random() * order.length)] as number;
  const place = Math.floor(world.clock.random() * (order.length + 1));
  return [...order.slice(0, place), again, ...order.slice(place)];
}

/** Tells all of them and compares each answer with the oracle's. */
async function tellAll(world: World, lease: LeaseRef, told: readonly number[]): Promise<Oracle> {
  const oracle = new Oracle();
  for (const which of told) {
    const answer = await tell(world, messageOf(lease, which));
    expect(answer.applied ? "applied" : answer.reason, `${told.join()} at ${which}`).toBe(oracle.tell(which));
  }
  return oracle;
}

/** The messages that are put in every order; the last one is of the fence before. */
const EFFECTS: readonly CallbackEffect[] = [STARTED, percent(10), percent(60), COMPLETE, FAIL, COMPLETE];
const NAMES = ["started", "10 %", "60 %", "completed", "failed", "one of a stale fence"];
const STALE_FENCE = 5;

function messageOf({ jobId, fence }: LeaseRef, which: number): CallbackRequest {
  const lease = { jobId, fence: which === STALE_FENCE ? fence - 1 : fence };
  return message(lease, which + 1, EFFECTS[which] as CallbackEffect, `msg_${which}`);
}

/** What must become of a job, as plain code that knows nothing of stores. */
class Oracle {
  readonly applied: number[] = [];
  #seen = new Set<number>();
  #percent: number | null = null;
  #ending: "completed" | "failed" | null = null;
  #conflict = false;

  tell(which: number): string {
    if (this.#seen.has(which)) return "duplicate";
    if (which === STALE_FENCE) return "lost";
    if (this.#ending !== null) {
      if (which === (this.#ending === "completed" ? 4 : 3)) this.#conflict = true;
      return "ended";
    }
    if (this.applied.some((seq) => seq > which)) return "stale";
    this.#seen.add(which);
    this.applied.push(which + 1);
    if (which === 1) this.#percent = 10;
    if (which === 2) this.#percent = 60;
    if (which === 3) this.#ending = "completed";
    if (which === 4) this.#ending = "failed";
    return "applied";
  }

  state(): unknown[] {
    const done = this.#ending === "completed";
    const events = ["enqueue", "claim", "release", "claim", done ? "complete" : "fail"];
    return [
      this.#ending,
      done && this.#percent !== null ? 100 : this.#percent,
      events.concat(this.#conflict ? ["conflict"] : []),
    ];
  }
}

/** Running jobs whose first attempt was given back. */
async function secondFences(world: World, count: number): Promise<LeaseRef[]> {
  await world.store.enqueue(Array.from({ length: count }, () => world.newJob()));
  const first = await world.claim({ limit: count });
  await world.store.settle(first.jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: RELEASED })));
  const second = await world.claim({ limit: count, leaseMs: DAY_MS });
  expect(second.jobs).toHaveLength(count);
  return second.jobs.map(({ jobId, fence }) => ({ jobId, fence }));
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}
