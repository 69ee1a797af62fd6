/** Keeps workers as busy as they can be: there is always a backlog, and never a growing one. */

import type { Driver, Order } from "./driver.js";
import { LedgerCounter } from "./ledger.js";
import type { Trial } from "./trial.js";
import { pause } from "./wait.js";

const BACKLOG = 1_500;
const LOOK_MS = 50;

export class Load {
  readonly #ended: LedgerCounter;
  readonly #sending: Promise<void>;
  #goesOn = true;

  constructor(trial: Trial, driver: Driver, order: () => Order) {
    this.#ended = new LedgerCounter(trial.ledger, "end");
    this.#sending = this.#keepUp(driver, order);
    this.#sending.catch(() => {});
  }

  /** Jobs that ended a second, over the next `ms`. */
  async rate(ms: number): Promise<number> {
    const [before, startedAt] = [this.#ended.count, performance.now()];
    await pause(ms);
    return ((this.#ended.count - before) * 1_000) / (performance.now() - startedAt);
  }

  async stop(): Promise<void> {
    this.#goesOn = false;
    await this.#sending;
  }

  async #keepUp(driver: Driver, order: () => Order): Promise<void> {
    let sent = 0;
    while (this.#goesOn) {
      const missing = BACKLOG - (sent - this.#ended.count);
      if (missing < 100) {
        await pause(LOOK_MS);
        continue;
      }
      await driver.enqueueAll(Array.from({ length: missing }, order), 500);
      sent += missing;
    }
  }
}
