/**
 * Enqueues as an honest client does: each job has an idempotency key, and is sent again until the store has acknowledged
 * it. What was acknowledged, and when, is noted here, outside the queue.
 */
import type { AnyJobDefinition } from "../../../src/core/define-job.js";
import { isWaymarkError } from "../../../src/core/errors.js";
import type { EnqueueOptions } from "../../../src/new-job.js";
import type { Waymark } from "../../../src/waymark.js";
import { pause } from "./wait.js";

export interface Acknowledged {
  readonly jobId: string;
  readonly kind: string;
  readonly key: string;
  readonly sentAt: number;
  readonly acknowledgedAt: number;
  /** How often it was sent. */
  readonly tries: number;
}

export interface Order {
  readonly definition: AnyJobDefinition;
  readonly input: unknown;
  readonly options?: EnqueueOptions;
}

/** Typed answers of a store that is away for a while; anything else is a bug of the store's or of the scenario's. */
const PASSING = ["store_unavailable", "storage_full"] as const;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 500;

export class Driver {
  readonly acknowledged: Acknowledged[] = [];
  /** Refusals by code: what a client of the queue met. */
  readonly refusals = new Map<string, number>();
  readonly #waymark: Waymark;
  #keys = 0;

  constructor(waymark: Waymark) {
    this.#waymark = waymark;
  }

  /** Sends one job until it is acknowledged. Rejects with what is not typed as passing. */
  async enqueue({ definition, input, options = {} }: Order): Promise<Acknowledged> {
    const key = options.idempotencyKey ?? `key-${++this.#keys}`;
    const sentAt = Date.now();
    for (let tries = 1, wait = FIRST_WAIT_MS; ; tries++, wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        const { jobId, kind } = await this.#waymark.enqueue(definition, input, { ...options, idempotencyKey: key });
        const done = { jobId, kind, key, sentAt, acknowledgedAt: Date.now(), tries };
        this.acknowledged.push(done);
        return done;
      } catch (error) {
        const code = isWaymarkError(error) ? error.code : "untyped";
        this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
        if (!PASSING.some((passing) => passing === code)) throw error;
        await pause(wait * (0.5 + Math.random()));
      }
    }
  }

  async enqueueAll(orders: readonly Order[], atOnce = 200): Promise<Acknowledged[]> {
    const done: Acknowledged[] = [];
    for (let from = 0; from < orders.length; from += atOnce) {
      done.push(...(await Promise.all(orders.slice(from, from + atOnce).map((order) => this.enqueue(order)))));
    }
    return done;
  }

  /** Spreads the orders evenly over a time, whatever the store takes for each. */
  async enqueueOver(durationMs: number, orders: readonly Order[]): Promise<Acknowledged[]> {
    const startedAt = performance.now();
    const sent: Promise<Acknowledged>[] = [];
    for (const [i, order] of orders.entries()) {
      const dueMs = startedAt + (durationMs * i) / orders.length - performance.now();
      if (dueMs > 0) await pause(dueMs);
      const one = this.enqueue(order);
      one.catch(() => {});
      sent.push(one);
    }
    return Promise.all(sent);
  }

  /** Sends orders at an even pace until it is told to stop. */
  async enqueueWhile(goesOn: () => boolean, perSecond: number, order: () => Order): Promise<Acknowledged[]> {
    const startedAt = performance.now();
    const sent: Promise<Acknowledged>[] = [];
    for (let i = 0; goesOn(); i++) {
      const dueMs = startedAt + (1_000 * i) / perSecond - performance.now();
      if (dueMs > 0) await pause(dueMs);
      const one = this.enqueue(order());
      one.catch(() => {});
      sent.push(one);
    }
    return Promise.all(sent);
  }
}
