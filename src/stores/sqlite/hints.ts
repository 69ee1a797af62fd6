/** Who wants to hear of changes, and how they are told: of commits here precisely, of commits elsewhere by the watch. */
import { soon } from "../../core/soon.js";
import type { Hint } from "../../core/store.js";
import type { Touched } from "./transaction.js";
import type { Wake } from "./wake.js";

type Listener = (hint: Hint) => void;

const ANY: Hint = { waiting: true, jobs: "any" };

export class Hints {
  readonly #listeners = new Set<Listener>();
  #wake: Wake | null = null;

  /** Starts and stops with the first and the last listener. */
  use(wake: Wake): void {
    this.#wake = wake;
  }

  subscribe(listener: Listener): () => void {
    // Its own function, so that one listener given twice is two subscriptions.
    const own: Listener = (hint) => listener(hint);
    this.#listeners.add(own);
    this.#wake?.start();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#wake?.stop();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#wake?.stop();
  }

  /** @param flushed  within the commit, so that others saw the log change before there was anything to see */
  committed({ jobs, waiting }: Touched, flushed: boolean): void {
    if (!waiting && jobs.size === 0) return;
    if (flushed) this.#wake?.show();
    if (this.#listeners.size > 0) this.#tellSoon({ waiting, jobs: [...jobs] });
  }

  /** Somebody else has committed; told by the watch, so that no caller of ours waits for an answer. */
  changed(): void {
    for (const listener of this.#listeners) tell(listener, ANY);
  }

  /** After the caller has its answer. */
  #tellSoon(hint: Hint): void {
    for (const listener of this.#listeners) {
      soon(() => {
        if (this.#listeners.has(listener)) tell(listener, hint);
      });
    }
  }
}

/** What a listener throws is its own affair. */
function tell(listener: Listener, hint: Hint): void {
  try {
    listener(hint);
  } catch {}
}
