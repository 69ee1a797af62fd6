/** Strange texts come back exactly as they went in, from every store. */
import { describe, expect } from "vitest";
import type { Rule } from "./world.js";
import { COMPLETED, only } from "./world.js";

/** As JSON text: NUL and lone surrogates can only come escaped, which is plain ASCII. */
const STRANGE_JSON: Readonly<Record<string, string>> = {
  "an escaped NUL": '{"nul":"a\\u0000b"}',
  "an escaped lone surrogate": '{"half":"\\ud800"}',
  "characters of four bytes": '{"wave":"👋🏽","clef":"𝄞"}',
  "keys of the prototype": '{"__proto__":{"x":1},"constructor":1}',
  "odd spacing, duplicate keys and big numbers": ' { "a" : 1e400, "a":12345678901234567890 } ',
  "quotes of SQL and templates": '"\'; drop table jobs; -- ${x} $1 :name ? \\\\"',
  "line ends and separators": '"\\r\\n\u2028\u2029\u00a0\ufeff"',
};

export function textsTheme(rule: Rule): void {
  describe("texts", () => {
    for (const [name, text] of Object.entries(STRANGE_JSON)) {
      rule(`L6 JSON text is carried as it was written: ${name}`, async (world) => {
        const jobId = await world.add({ payload: text, metadata: text });
        const held = await world.claimOne();
        expect(held).toMatchObject({ payload: text, metadata: text });
        await world.report(held, { logs: [{ message: "x", fields: text }] });
        await world.settle(held, { type: "completed", result: text });
        expect(await world.read(jobId)).toMatchObject({ payload: text, metadata: text, result: text });
        expect(only(await world.store.logs(jobId)).fields).toBe(text);
      });
    }

    rule("L6 names, keys, owners and messages may hold any character", async (world) => {
      const odd = "ünï 👩‍🚀 'quoted\" \\ %_* {a,b} null\u2028";
      const parts = { owner: odd, uniqueKey: odd, idempotencyKey: `${odd}2`, concurrencyKey: odd, concurrencyLimit: 1 };
      const jobId = await world.add({ ...parts, kind: "Kind_1.a-b", queue: "Queue_1.a-b" });
      expect(await world.read(jobId)).toMatchObject(parts);
      expect(await world.enqueue(world.newJob({ owner: odd, uniqueKey: odd }))).toMatchObject({
        answer: "duplicate",
        jobId,
      });
      expect((await world.store.list({ owner: odd, limit: 1 })).map((job) => job.jobId)).toEqual([jobId]);
      const claimed = await world.claimOne({ kinds: ["Kind_1.a-b"], queues: ["Queue_1.a-b"], workerId: odd });
      await world.report(claimed, { stage: odd, message: odd, logs: [{ message: odd, fields: null }] });
      expect(await world.read(jobId)).toMatchObject({ workerId: odd, progress: { stage: odd, message: odd } });
      expect(only(await world.store.logs(jobId)).message).toBe(odd);
      await world.cancel(jobId, { actor: odd, reason: odd, requestId: odd, force: true });
      expect((await world.trail(jobId)).at(-1)).toMatchObject({ actor: odd, reason: odd, requestId: odd });
    });

    rule("owners and keys that differ only in case, spacing or composition are different", async (world) => {
      const owners = ["ann", "Ann", "ann ", "ánn", "a\u0301nn"];
      for (const owner of owners) await world.add({ owner, uniqueKey: "u" });
      for (const owner of owners) expect((await world.store.counts({ owner })).pending, owner).toBe(1);
      for (const uniqueKey of owners) await world.add({ uniqueKey });
    });

    rule("L3 a payload and a result of 1 MiB are carried whole", async (world) => {
      const text = JSON.stringify("x".repeat(1_048_574));
      const jobId = await world.add({ payload: text });
      await world.settle(await world.claimOne(), { type: "completed", result: text });
      const job = await world.read(jobId);
      expect(job.payload === text && job.result === text).toBe(true);
    });

    rule("no metadata and empty metadata are different, and so are no result and the result null", async (world) => {
      const [none, empty] = [await world.add(), await world.add({ metadata: "{}" })];
      await world.settle(await world.claimOne(), { type: "completed", result: null });
      await world.settle(await world.claimOne(), { type: "completed", result: "null" });
      expect(await world.read(none)).toMatchObject({ metadata: null, result: null });
      expect(await world.read(empty)).toMatchObject({ metadata: "{}", result: "null" });
    });

    rule("priorities from the smallest to the largest 32-bit number keep their order", async (world) => {
      const ids = [];
      for (const priority of [2_147_483_647, -2_147_483_648, 0]) ids.push(await world.add({ priority }));
      expect(await world.claimIds()).toEqual([ids[1], ids[2], ids[0]]);
      expect((await world.read(ids[0] as string)).priority).toBe(2_147_483_647);
      await world.settle({ jobId: ids[0] as string, fence: 1 }, COMPLETED);
    });
  });
}
