/**
 * Items in order, in blocks of a few hundred: finding, adding and removing cost a binary search and a short move, the
 * first item and the rank of any are at hand. A whole array would move up to every item for each insertion. Most items
 * come in at the end and go from the front, as in a queue: that costs next to nothing.
 */
const BLOCK = 512;

export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #blocks: T[][] = [];
  #size = 0;

  /** @param compare  a total order: 0 only for the same item */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  first(): T | undefined {
    return this.#blocks[0]?.[0];
  }

  add(item: T): void {
    this.#size++;
    const end = this.#blocks[this.#blocks.length - 1];
    if (end !== undefined && end.length < BLOCK && this.#compare(end[end.length - 1] as T, item) < 0) {
      end.push(item);
      return;
    }
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
      this.#shift();
      return true;
    }
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

  #shift(): void {
    const block = this.#blocks[0] as T[];
    block.shift();
    if (block.length === 0) this.#blocks.shift();
    this.#size--;
  }

  /** How many items stand before `item`, whether or not it is in the list. */
  rank(item: T): number {
    const at = this.#blockOf(item);
    let rank = 0;
    for (let i = 0; i < at; i++) rank += this.#blocks[i]?.length ?? 0;
    const block = this.#blocks[at];
    return block === undefined ? rank : rank + this.#placeIn(block, item);
  }

  /** In order. The list must not change meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (const block of this.#blocks) yield* block;
  }

  /** Backwards, from the item before `item`, or from the last. The list must not change meanwhile. */
  *backwards(item?: T): Generator<T> {
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
