/**
 * Running jobs, in no order: only the sweep looks for those whose lease is over. A list in which each row knows its place
 * costs less than a set: two of its changes belong to every job.
 */
import type { Row } from "./row.js";

export class Running {
  readonly #rows: Row[] = [];

  add(row: Row): void {
    row.runningAt = this.#rows.length;
    this.#rows.push(row);
  }

  /** The last one takes its place. */
  delete(row: Row): void {
    const last = this.#rows.pop() as Row;
    if (last !== row) {
      last.runningAt = row.runningAt;
      this.#rows[row.runningAt] = last;
    }
    row.runningAt = -1;
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }
}
