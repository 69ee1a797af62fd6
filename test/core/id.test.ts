/** Job ids: made in order, and told from any other text. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWaymarkError } from "../../src/core/errors.js";
import { createIdSource, isJobId, madeAt, toJobId } from "../../src/core/id.js";

const sorted = (ids: readonly string[]): boolean => ids.every((id, i) => i === 0 || (ids[i - 1] ?? "") < id);

describe("job ids", () => {
  it("B1 are UUIDs of version 7 whose first 48 bits are the time", () => {
    const at = Date.UTC(2026, 10, 22, 12, 0, 0, 123);
    const id = createIdSource({ now: () => at })();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(at);
    expect(madeAt(id)).toBe(at);
    expect(madeAt(crypto.randomUUID())).toBe(null);
  });

  it("B1 sort in the order they were made within one millisecond", () => {
    const next = createIdSource({ now: () => 1_000 });
    const ids = Array.from({ length: 20_000 }, next);
    expect(sorted(ids)).toBe(true);
    expect(new Set(ids.map((id) => id.slice(0, 13))).size).toBe(1);
  });

  it("B1 sort in the order they were made whatever the clock does", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 47 }), { minLength: 2, maxLength: 200 }), (times) => {
        let turn = 0;
        const next = createIdSource({ now: () => times[turn++] ?? 0 });
        const ids = times.map(() => next());
        return sorted(ids) && ids.every(isJobId);
      }),
    );
  });

  it("B1 leave room for 2^25 ids in every millisecond: the counter starts in its lower half and rises by one", () => {
    const next = createIdSource({ now: () => 5 });
    const counter = (id: string): number =>
      Number.parseInt(id.slice(15, 18), 16) * 2 ** 14 + (Number.parseInt(id.slice(19, 23), 16) & 0x3fff);
    const ids = Array.from({ length: 20_000 }, next);
    const first = counter(ids[0] ?? "");
    expect(first).toBeLessThan(2 ** 25);
    expect(ids.every((id, i) => counter(id) === first + i)).toBe(true);
  });

  it("differ between two sources at the same instant", () => {
    const clock = { now: () => 7 };
    const ids = [createIdSource(clock), createIdSource(clock)].flatMap((next) => Array.from({ length: 5_000 }, next));
    expect(new Set(ids).size).toBe(10_000);
  });

  it("are recognised in lower case, of any UUID version", () => {
    expect(isJobId("6ba7b810-9dad-11d1-80b4-00c04fd430c8")).toBe(true);
    expect(isJobId("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")).toBe(false);
    expect(toJobId("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")).toBe("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  });

  it.each([
    "",
    "6ba7b8109dad11d180b400c04fd430c8",
    "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8\n",
    "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
    "6ba7b810-9dad-11d1-80b4-00c04fd430Kc",
    "' or 1=1 --",
    "x".repeat(10_240),
    null,
    undefined,
    5,
    {},
    Symbol("id"),
  ])("refuse %s with a typed error", (value) => {
    expect(isJobId(value)).toBe(false);
    expect(() => toJobId(value)).toThrow(expect.objectContaining({ code: "invalid_job_id" }));
    try {
      toJobId(value);
    } catch (error) {
      expect(isWaymarkError(error) && error.message.length < 200).toBe(true);
    }
  });
});
