/**
 * Leases in memory that two threads share: whoever has claimed a job puts its lease there, and the thread that renews leases
 * looks before each heartbeat. Neither tells the other: a message costs more than a claim on caches that are cold, and wakes
 * a thread up that has nothing to do for seconds. For the few jobs of a quiet worker; a claim of many travels as a lot.
 *
 * Each place has a count that is odd while a lease is there. A reader that finds it changed behind its back reads again.
 */
import type { LeaseRef } from "./core/store.js";

export interface PostedLease extends LeaseRef {
  /** What both threads know it by. */
  readonly no: number;
  /** When it was asked for; by the monotonic clock of the thread that has claimed it, like all times here. */
  readonly askedAt: number;
  /** When it is to be renewed no more; Infinity = never. */
  readonly giveUpAt: number;
}

/** Of the thread that claims. */
export interface LeasePoster {
  /** @returns  their places, or null when there are not as many left, or an id is none of ours: then they have to be told */
  post(leases: readonly PostedLease[]): readonly number[] | null;
  giveUp(place: number, at: number): void;
  remove(place: number): void;
}

/** Of the thread that renews. */
export interface LeaseReader {
  /** What is different from the last time. */
  look(): BoardNews;
}
export interface BoardNews {
  readonly posted: readonly PostedLease[];
  /** Posted before, and to be given up at another time now. */
  readonly changed: readonly PostedLease[];
  readonly removed: readonly PostedLease[];
}

interface Seen {
  readonly count: number;
  readonly lease: PostedLease;
}

const PLACES = 32;
/** Characters of a job's id. */
const ID_LENGTH = 36;
const LAST_ASCII = 127;
/** Numbers of a lease: `no`, fence, `askedAt`, `giveUpAt`. */
const NUMBERS = 4;
const [NO, FENCE, ASKED_AT, GIVE_UP_AT] = [0, 1, 2, 3] as const;
const NUMBERS_AT = PLACES * Int32Array.BYTES_PER_ELEMENT;
const IDS_AT = NUMBERS_AT + PLACES * NUMBERS * Float64Array.BYTES_PER_ELEMENT;

export function newLeaseBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer(IDS_AT + PLACES * ID_LENGTH);
}

function partsOf(board: SharedArrayBuffer) {
  return {
    counts: new Int32Array(board, 0, PLACES),
    numbers: new Float64Array(board, NUMBERS_AT, PLACES * NUMBERS),
    ids: new Uint8Array(board, IDS_AT, PLACES * ID_LENGTH),
  };
}

export function leasePoster(board: SharedArrayBuffer): LeasePoster {
  const { counts, numbers, ids } = partsOf(board);
  const free = Array.from({ length: PLACES }, (_, place) => place).reverse();

  const write = (place: number, { no, jobId, fence, askedAt, giveUpAt }: PostedLease): boolean => {
    if (jobId.length !== ID_LENGTH) return false;
    for (let i = 0; i < ID_LENGTH; i++) {
      const code = jobId.charCodeAt(i);
      if (code > LAST_ASCII) return false;
      ids[place * ID_LENGTH + i] = code;
    }
    const at = place * NUMBERS;
    numbers[at + NO] = no;
    numbers[at + FENCE] = fence;
    numbers[at + ASKED_AT] = askedAt;
    numbers[at + GIVE_UP_AT] = giveUpAt;
    return true;
  };

  return {
    post: (leases) => {
      if (leases.length > free.length) return null;
      const places = free.slice(free.length - leases.length);
      for (let i = 0; i < places.length; i++) if (!write(places[i]!, leases[i]!)) return null;
      free.length -= leases.length;
      // Whoever sees the count sees what was written before it.
      for (const place of places) Atomics.add(counts, place, 1);
      return places;
    },
    giveUp: (place, at) => {
      numbers[place * NUMBERS + GIVE_UP_AT] = at;
    },
    remove: (place) => {
      Atomics.add(counts, place, 1);
      free.push(place);
    },
  };
}

export function leaseReader(board: SharedArrayBuffer): LeaseReader {
  const { counts, numbers, ids } = partsOf(board);
  const seen = new Array<Seen | null>(PLACES).fill(null);

  const read = (place: number): Seen | null => {
    for (;;) {
      const count = Atomics.load(counts, place);
      if (count % 2 === 0) return null;
      const at = place * NUMBERS;
      const lease = {
        no: numbers[at + NO]!,
        jobId: String.fromCharCode(...ids.subarray(place * ID_LENGTH, (place + 1) * ID_LENGTH)),
        fence: numbers[at + FENCE]!,
        askedAt: numbers[at + ASKED_AT]!,
        giveUpAt: numbers[at + GIVE_UP_AT]!,
      };
      if (Atomics.load(counts, place) === count) return { count, lease };
    }
  };

  return {
    look: () => {
      const posted: PostedLease[] = [];
      const changed: PostedLease[] = [];
      const removed: PostedLease[] = [];
      for (let place = 0; place < PLACES; place++) {
        const before = seen[place] ?? null;
        const now = read(place);
        seen[place] = now;
        if (before !== null && before.count !== now?.count) removed.push(before.lease);
        if (now === null) continue;
        if (before?.count !== now.count) posted.push(now.lease);
        else if (before.lease.giveUpAt !== now.lease.giveUpAt) changed.push(now.lease);
      }
      return { posted, changed, removed };
    },
  };
}
