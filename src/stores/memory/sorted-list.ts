/**
 * Items in order, in blocks of a few hundred: finding, adding and removing cost a binary search and a short move, the
 * first item and the rank of any are at hand. A whole array would move up to every item for each insertion. Most items
 * come in at the end and go from the front, as in a queue: that costs next to nothing.
 */
const BLOCK = 512;
/** Items that have left the front of the first block go together: each by itself would move all the others up. */
const GONE = 64;

export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #blocks: T[][] = [];
  /** Items of the first block that are no longer in the list; always fewer than it has. */
  #gone = 0;
  #size = 0;

  /** @param compare  a total order: 0 only for the same item */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  first(): T | undefined {
    return this.#blocks[0]?.[this.#gone];
  }

  /** Takes the first item away; there must be one. */
  shift(): void {
    this.#size--;
    const block = this.#blocks[0] as T[];
    this.#gone++;
    if (this.#gone === block.length) {
      this.#blocks.shift();
      this.#gone = 0;
    } else if (this.#gone === GONE) {
      this.#dropGone();
    }
  }

  add(item: T): void {
    this.#size++;
    const end = this.#blocks[this.#blocks.length - 1];
    if (end !== undefined && end.length < BLOCK && this.#compare(end[end.length - 1] as T, item) < 0) {
      end.push(item);
      return;
    }
    this.#dropGone();
    const at = Math.min(this.#blockOf(item), Math.max(0, this.#blocks.length - 1));
    const block = this.#blocks[at];
    if (block === undefined) {
      this.#blocks.push([item]);
      return;
    }
    block.splice(this.#placeIn(block, item), 0, item);
    if (block.length > BLOCK) this.#blocks.splice(at + 1, 0, block.splice(BLOCK / 2));
  }

  /** @returns whether the item was there */
  delete(item: T): boolean {
    if (this.first() === item) {
      this.shift();
      return true;
    }
    this.#dropGone();
    const at = this.#blockOf(item);
    const block = this.#blocks[at];
    if (block === undefined) return false;
    const place = this.#placeIn(block, item);
    const found = block[place];
    if (found === undefined || this.#compare(found, item) !== 0) return false;
    block.splice(place, 1);
    if (block.length === 0) this.#blocks.splice(at, 1);
    this.#size--;
    return true;
  }

  /** How many items stand before `item`, whether or not it is in the list. */
  rank(item: T): number {
    this.#dropGone();
    const at = this.#blockOf(item);
    let rank = 0;
    for (let i = 0; i < at; i++) rank += this.#blocks[i]?.length ?? 0;
    const block = this.#blocks[at];
    return block === undefined ? rank : rank + this.#placeIn(block, item);
  }

  /** In order. The list must not change meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    this.#dropGone();
    for (const block of this.#blocks) yield* block;
  }

  /** Backwards, from the item before `item`, or from the last. The list must not change meanwhile. */
  *backwards(item?: T): Generator<T> {
    this.#dropGone();
    let at = this.#blocks.length - 1;
    let end: number | undefined;
    if (item !== undefined) {
      const found = this.#blockOf(item);
      const block = this.#blocks[found];
      if (block !== undefined) {
        at = found;
        end = this.#placeIn(block, item);
      }
    }
    for (; at >= 0; at--) {
      const block = this.#blocks[at] ?? [];
      for (let i = (end ?? block.length) - 1; i >= 0; i--) yield block[i] as T;
      end = undefined;
    }
  }

  #dropGone(): void {
    if (this.#gone > 0) this.#blocks[0]?.splice(0, this.#gone);
    this.#gone = 0;
  }

  /** The first block whose last item is not before `item`; the number of blocks when there is none. */
  #blockOf(item: T): number {
    return lowerBound(this.#blocks.length, (i) => {
      const block = this.#blocks[i] as T[];
      return this.#compare(block[block.length - 1] as T, item) < 0;
    });
  }

  #placeIn(block: readonly T[], item: T): number {
    return lowerBound(block.length, (i) => this.#compare(block[i] as T, item) < 0);
  }
}

/** The first index for which `isBefore` is false. */
function lowerBound(length: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
