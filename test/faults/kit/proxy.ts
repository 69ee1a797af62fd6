/**
 * A wire to PostgreSQL that can break in every way a wire breaks. It understands the protocol far enough to know which
 * statement an answer belongs to: the store commits single statements, so to swallow the answer to one is to swallow the
 * answer to its COMMIT.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Frame, FrameReader, requestOf } from "./frames.js";
import { pause } from "./wait.js";

/**
 * `swallow`: the statement runs and commits, its answer is dropped and the connection reset · `reset`: the connection is
 * reset instead of the statement being sent · `silence`: this connection says and hears nothing any more, without an
 * error · `{ delayMs }`: the answer comes late · `{ dripMs }`: the answer comes in pieces of 64 bytes, one each so many ms.
 */
export type Trouble = "swallow" | "reset" | "silence" | { readonly delayMs: number } | { readonly dripMs: number };
/** Decides what happens to a request: the name of a prepared statement, or the text of a simple query. */
export type Rule = (request: string) => Trouble | null;

export class Proxy {
  /** Requests that came through, by name or text. */
  readonly seen = new Map<string, number>();
  /** Null: nothing is disturbed. */
  rule: Rule | null = null;
  /** Whether NOTIFY reaches nobody, as behind a pooler that hands connections round. */
  deaf = false;
  /** Ms until the client gave up each connection that fell silent; those it still holds on to are not here. */
  readonly givenUpAfterMs: number[] = [];
  readonly #target: URL;
  readonly #server: Server;
  readonly #flows = new Set<Flow>();

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((near) => {
      const flow = new Flow(this, near, connect(Number(target.port), target.hostname));
      this.#flows.add(flow);
      near.once("close", () => this.#flows.delete(flow));
    });
  }

  static async open(target: string): Promise<Proxy> {
    const proxy = new Proxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as { port: number }).port);
    return url.href;
  }

  /** How many requests have come through that `pattern` fits. */
  count(pattern: RegExp): number {
    let sum = 0;
    for (const [request, times] of this.seen) if (pattern.test(request)) sum += times;
    return sum;
  }

  /** From now on the connections whose requests `pattern` fits say and hear nothing. @returns how many there were */
  silence(pattern: RegExp): number {
    const fitting = [...this.#flows].filter((flow) => [...flow.requests].some((request) => pattern.test(request)));
    for (const flow of fitting) flow.silence();
    return fitting.length;
  }

  /** Resets the connections whose requests `pattern` fits. @returns how many there were */
  reset(pattern: RegExp): number {
    const fitting = [...this.#flows].filter((flow) => [...flow.requests].some((request) => pattern.test(request)));
    for (const flow of fitting) flow.end();
    return fitting.length;
  }

  async close(): Promise<void> {
    for (const flow of this.#flows) flow.end();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** One connection. */
class Flow {
  readonly requests = new Set<string>();
  readonly #proxy: Proxy;
  readonly #near: Socket;
  readonly #far: Socket;
  /** What the answers under way are to suffer, in the order of their requests. */
  readonly #awaited: (Trouble | null)[] = [];
  #group: Frame[] = [];
  #silentSince: number | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(proxy: Proxy, near: Socket, far: Socket) {
    this.#proxy = proxy;
    this.#near = near;
    this.#far = far;
    const fromClient = new FrameReader(true);
    const fromServer = new FrameReader(false);
    near.on("data", (chunk) => fromClient.push(chunk).forEach((frame) => this.#ask(frame)));
    far.on("data", (chunk) => fromServer.push(chunk).forEach((frame) => this.#answer(frame)));
    for (const one of [near, far]) {
      one.setNoDelay(true);
      one.on("error", () => {});
    }
    near.on("close", () => void far.destroy());
    // A silent wire does not tell that the other side has gone.
    far.on("close", () => void (this.#silentSince !== null || near.destroy()));
  }

  silence(): void {
    if (this.#silentSince !== null) return;
    this.#silentSince = performance.now();
    this.#near.once("close", () => this.#proxy.givenUpAfterMs.push(performance.now() - this.#silentSince!));
  }

  end(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  #ask(frame: Frame): void {
    if (this.#silentSince !== null) return;
    this.#group.push(frame);
    // Parse, Bind, Describe and Execute wait for their Sync; everything else stands alone.
    if ("PBDEC".includes(frame.type) && frame.type !== "") return;
    const group = this.#group;
    this.#group = [];
    if (frame.type === "S" || frame.type === "Q") {
      const request = requestOf(group);
      this.requests.add(request);
      this.#proxy.seen.set(request, (this.#proxy.seen.get(request) ?? 0) + 1);
      const trouble = this.#proxy.rule?.(request) ?? null;
      if (trouble === "reset") return this.end();
      if (trouble === "silence") {
        this.silence();
        return;
      }
      this.#awaited.push(trouble);
    }
    for (const { bytes } of group) this.#far.write(bytes);
  }

  #answer({ type, bytes }: Frame): void {
    if (this.#silentSince !== null || (type === "A" && this.#proxy.deaf)) return;
    const trouble = this.#awaited[0] ?? null;
    // The login and notifications belong to no request.
    if (type === "Z" && this.#awaited.length > 0) this.#awaited.shift();
    if (trouble === "swallow") {
      if (type === "Z") this.end();
      return;
    }
    if (trouble !== null && typeof trouble === "object") {
      this.#writing = this.#writing.then(() => this.#writeSlowly(trouble, type, bytes));
    } else {
      this.#writing = this.#writing.then(() => void this.#near.write(bytes));
    }
  }

  async #writeSlowly(trouble: { delayMs: number } | { dripMs: number }, type: string, bytes: Buffer): Promise<void> {
    if ("delayMs" in trouble) {
      if (type === "Z") await pause(trouble.delayMs);
      this.#near.write(bytes);
      return;
    }
    for (let from = 0; from < bytes.length && !this.#near.destroyed; from += 64) {
      this.#near.write(bytes.subarray(from, from + 64));
      await pause(trouble.dripMs);
    }
  }
}
