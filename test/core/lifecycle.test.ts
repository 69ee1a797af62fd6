/** The one table of moves: what it allows, and that nothing else is allowed. */
import { describe, expect, it } from "vitest";
import {
  ATTEMPT_OUTCOMES,
  isLegalMove,
  isTerminalStatus,
  isWaitingStatus,
  JOB_STATUSES,
  type JobStatus,
  LIFECYCLE,
  type MoveName,
  TERMINAL_STATUSES,
  WAITING_STATUSES,
} from "../../src/core/lifecycle.js";

const moves = Object.entries(LIFECYCLE) as [MoveName, (typeof LIFECYCLE)[MoveName]][];

describe("the lifecycle", () => {
  it("A6 I1 is the table of the public state machine", () => {
    const table = moves.map(
      ([name, { id, from, to }]) => `${id} ${from.map((status) => status ?? "–").join(", ")} ${name} ${to}`,
    );
    expect(table).toEqual([
      "T1 – enqueue pending",
      "T2 – enqueue_later scheduled",
      "T4 scheduled, pending, retrying claim processing",
      "T6 processing complete completed",
      "T7 processing fail_retry retrying",
      "T8 processing fail failed",
      "T9 processing release pending",
      "T10 processing snooze scheduled",
      "T11 processing lose_retry retrying",
      "T12 processing lose_fail failed",
      "T13 processing lose_cancel cancelled",
      "T13 processing fail_cancel cancelled",
      "T14 scheduled, pending, retrying cancel cancelled",
      "T15 processing request_cancel processing",
      "T16 processing confirm_cancel cancelled",
      "T17 processing force_cancel cancelled",
      "T18 scheduled, pending, retrying expire expired",
      "T19 failed, cancelled, expired retry pending",
    ]);
  });

  it("every status is waiting, processing or terminal, and only one of them", () => {
    expect(JOB_STATUSES).toHaveLength(8);
    for (const status of JOB_STATUSES) {
      expect([isWaitingStatus(status), status === "processing", isTerminalStatus(status)].filter(Boolean)).toHaveLength(
        1,
      );
    }
    expect(JOB_STATUSES.filter(isWaitingStatus)).toEqual(WAITING_STATUSES);
    expect(JOB_STATUSES.filter(isTerminalStatus)).toEqual(TERMINAL_STATUSES);
  });

  it("A6 I1 a row of the trail is legal exactly when the table has it", () => {
    for (const [name, move] of moves) {
      for (const from of [null, ...JOB_STATUSES]) {
        for (const to of JOB_STATUSES) {
          expect(isLegalMove(from, name, to), `${from} ${name} ${to}`).toBe(move.from.includes(from) && move.to === to);
        }
      }
    }
  });

  it.each(["", "purge", "constructor", "__proto__", "toString", "Claim"])("I1 knows no event %j", (event) => {
    for (const status of JOB_STATUSES) expect(isLegalMove(status, event, status)).toBe(false);
  });

  it("a conflict is a remark about an ending: it changes nothing", () => {
    for (const from of [null, ...JOB_STATUSES]) {
      for (const to of JOB_STATUSES) {
        expect(isLegalMove(from, "conflict", to)).toBe(from === to && isTerminalStatus(to));
      }
    }
  });

  it("completed is never left, by nobody", () => {
    expect(moves.filter(([, move]) => move.from.includes("completed"))).toEqual([]);
  });

  it("there are no dead ends: from every status but completed a terminal one can be reached", () => {
    const reach = (from: JobStatus, seen = new Set<JobStatus>()): Set<JobStatus> => {
      for (const [, move] of moves) {
        if (!move.from.includes(from) || seen.has(move.to)) continue;
        seen.add(move.to);
        reach(move.to, seen);
      }
      return seen;
    };
    for (const status of JOB_STATUSES.filter((each) => !isTerminalStatus(each))) {
      expect([...reach(status)], status).toEqual(expect.arrayContaining([...TERMINAL_STATUSES]));
    }
  });

  it("I6 whatever leaves processing ends an attempt, and nothing else does", () => {
    for (const [name, move] of moves) {
      const leaves = move.from.includes("processing") && move.to !== "processing";
      expect(name in ATTEMPT_OUTCOMES, name).toBe(leaves);
    }
  });

  it("only the holder of a lease says how an attempt ended, a rescuer that it was lost, an operator that it must stop", () => {
    const byMover = moves.filter(([name]) => name in ATTEMPT_OUTCOMES).map(([name, { by }]) => [name, ...by]);
    for (const [name, ...by] of byMover) {
      const expected = name?.startsWith("lose_") ? ["rescuer"] : name === "force_cancel" ? ["operator"] : ["holder"];
      expect(by, name).toEqual(expected);
    }
  });
});
