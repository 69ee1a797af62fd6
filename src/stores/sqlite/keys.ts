/**
 * Concurrency keys. SQLite has one writer, so counting what a key runs inside the claim's own transaction is exact. Jobs
 * that a claim meets while their key is full are parked, so that no later claim walks past them again; whatever may free a
 * slot notes the key, and before its step ends the best of each lane stand in line again.
 */
import { FREE_SLOTS, NEXT_KEYED_LANE, UNPARK } from "./sql/keys.js";
import type { Transaction } from "./transaction.js";

/** Free slots of the key; may be negative after its limit was lowered. */
export function freeSlots({ connection }: Transaction, key: string): number {
  return connection.get<{ free: number }>(FREE_SLOTS, { key })?.free ?? 0;
}

/** Brings parked jobs of the noted keys back in line. Called at the end of every step. */
export function unpark(tx: Transaction): void {
  const { connection, touched } = tx;
  for (const key of touched.keys) {
    const free = freeSlots(tx, key);
    if (free <= 0) continue;
    let lane = nextLane(tx, key, { queue: "", kind: "" });
    for (; lane !== undefined; lane = nextLane(tx, key, lane)) {
      if (connection.run(UNPARK, { key, queue: lane.queue, kind: lane.kind, free }) > 0) touched.waiting = true;
    }
  }
  touched.keys.clear();
}

interface Lane {
  readonly queue: string;
  readonly kind: string;
}

function nextLane({ connection }: Transaction, key: string, { queue, kind }: Lane): Lane | undefined {
  return connection.get<Lane>(NEXT_KEYED_LANE, { key, queue, kind });
}
