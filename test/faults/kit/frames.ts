/** Cuts a stream of PostgreSQL's wire protocol into its messages. */

export interface Frame {
  /** The type byte as a letter; "" for the very first message of a client, which has none. */
  readonly type: string;
  /** The whole message, as it travels. */
  readonly bytes: Buffer;
  /** Without type and length. */
  readonly body: Buffer;
}

export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #untyped: boolean;

  /** @param startsUntyped  true for what a client sends: its first message has no type byte */
  constructor(startsUntyped: boolean) {
    this.#untyped = startsUntyped;
  }

  /** The messages that are complete with this chunk. */
  push(chunk: Buffer): Frame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const head = this.#untyped ? 0 : 1;
      if (this.#rest.length < head + 4) return frames;
      const size = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < size) return frames;
      const bytes = this.#rest.subarray(0, size);
      const type = head === 0 ? "" : String.fromCharCode(bytes[0]!);
      frames.push({ type, bytes, body: bytes.subarray(head + 4) });
      this.#rest = this.#rest.subarray(size);
      this.#untyped = false;
    }
  }
}

/**
 * What a group of client messages asks for: the name of the prepared statement that it binds, or the text of a simple
 * query; "" for what asks for neither.
 */
export function requestOf(frames: readonly Frame[]): string {
  for (const { type, body } of frames) {
    if (type === "Q") return textAt(body, 0).text;
    if (type === "B") {
      const name = textAt(body, textAt(body, 0).next).text;
      if (name !== "") return name;
    }
    // Without a name the statement is parsed each time, and its text comes along.
    if (type === "P" && textAt(body, 0).text === "") return textAt(body, 1).text;
  }
  return "";
}

function textAt(body: Buffer, start: number): { text: string; next: number } {
  const end = body.indexOf(0, start);
  return { text: body.toString("utf8", start, end), next: end + 1 };
}
