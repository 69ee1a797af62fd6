/**
 * Concurrency keys. SQLite has one writer, so counting what a key runs inside the claim's own transaction is exact. Jobs
 * that a claim meets while their key is full are parked, so that no later claim walks past them again; whatever may free a
 * slot notes the key, and before its step ends the best of each lane stand in line again.
 */
import { FREE_SLOTS, NEXT_KEYED_LANE, PARKED_KEYS, SET_SLOTS, UNPARK } from "./sql/keys.js";
import type { Transaction } from "./transaction.js";

/** Free slots of each key; may be negative after its limit was lowered. */
export function freeSlots({ connection }: Transaction, keys: readonly string[]): Map<string, number> {
  const rows = connection.all<{ concurrency_key: string; free: number }>(FREE_SLOTS, {
    keys: JSON.stringify(keys),
  });
  return new Map(rows.map(({ concurrency_key: key, free }) => [key, free]));
}

/** How many jobs of each key may run at once: the newest enqueue decides. */
export function setSlots({ connection, touched }: Transaction, slots: ReadonlyMap<string, number>): void {
  if (slots.size === 0) return;
  if (connection.run(SET_SLOTS, { slots: JSON.stringify([...slots]) }) === 0) return;
  for (const key of slots.keys()) touched.keys.add(key);
}

/** Brings parked jobs of the noted keys back in line. Called at the end of every step. */
export function unpark(tx: Transaction): void {
  const { connection, touched } = tx;
  if (touched.keys.size === 0) return;
  const keys = JSON.stringify([...touched.keys]);
  touched.keys.clear();
  const parked = connection.all<{ concurrency_key: string }>(PARKED_KEYS, { keys });
  if (parked.length === 0) return;
  for (const [key, free] of freeSlots(
    tx,
    parked.map(({ concurrency_key: key }) => key),
  )) {
    if (free <= 0) continue;
    let lane = nextLane(tx, key, { queue: "", kind: "" });
    for (; lane !== undefined; lane = nextLane(tx, key, lane)) {
      if (connection.run(UNPARK, { key, queue: lane.queue, kind: lane.kind, free }) > 0) touched.waiting = true;
    }
  }
}

interface Lane {
  readonly queue: string;
  readonly kind: string;
}

function nextLane({ connection }: Transaction, key: string, { queue, kind }: Lane): Lane | undefined {
  return connection.get<Lane>(NEXT_KEYED_LANE, { key, queue, kind });
}
