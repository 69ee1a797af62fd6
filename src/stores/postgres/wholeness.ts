/** Follows a stream of messages, cut anywhere, so as to know whether the last one is whole. */

/** A type, and a length that counts itself. */
const HEADER_BYTES = 5;
const NOTHING = Buffer.alloc(0);

export class Wholeness {
  /** How many bytes the last message still lacks. */
  #lacking = 0;
  /** Of a header that was cut, what has come. */
  #header = NOTHING;

  get isWhole(): boolean {
    return this.#lacking === 0 && this.#header.length === 0;
  }

  follow(chunk: Buffer): void {
    const bytes = this.#header.length === 0 ? chunk : Buffer.concat([this.#header, chunk]);
    let at = this.#lacking;
    while (at + HEADER_BYTES <= bytes.length) at += 1 + bytes.readUInt32BE(at + 1);
    this.#lacking = Math.max(0, at - bytes.length);
    this.#header = at < bytes.length ? Buffer.from(bytes.subarray(at)) : NOTHING;
  }
}
