/**
 * Notices commits of other connections, in this process or another. A change of the `-wal` file is the quick sign (a
 * fifth of a millisecond); SQLite's own `data_version`, which counts the commits of everybody else, is the proof, and is
 * asked every 250 ms anyway as the floor. Works only while somebody listens, and never keeps the process alive.
 *
 * SQLite writes the file, flushes it, and only then does the commit show, without a sign of its own. So whoever has
 * committed with a flush touches the file once more; a stranger's commit, which nobody touches for, is looked for by the
 * clock. Without a flush the commit shows as soon as it is written, and a touch would only make the flush after it dearer.
 */
import { type FSWatcher, utimesSync, watch } from "node:fs";
import type { Clock } from "../../core/clock.js";

const FLOOR_MS = 250;
/** The file changes a little before the commit shows: look again after so many ms, until it does. */
const LOOK_AGAIN_MS: readonly number[] = [1, 2, 4, 8, 16, 32, 64];

export interface WakeOptions {
  readonly clock: Clock;
  /** Absolute path of the database. */
  readonly path: string;
  /** A number that changes when, and only when, another connection has committed. */
  readonly version: () => number;
  /** Told that somebody else has committed. Must not throw. */
  readonly changed: () => void;
}

export class Wake {
  readonly #options: WakeOptions;
  readonly #walPath: string;
  #version = 0;
  #watcher: FSWatcher | null = null;
  #floor: (() => void) | null = null;
  #again: (() => void) | null = null;

  constructor(options: WakeOptions) {
    this.#options = options;
    this.#walPath = `${options.path}-wal`;
  }

  start(): void {
    if (this.#floor !== null) return;
    this.#version = this.#options.version();
    this.#arm();
    this.#tick();
  }

  stop(): void {
    this.#floor?.();
    this.#again?.();
    this.#floor = this.#again = null;
    this.#disarm();
  }

  /** Shows others that a commit of ours is there now. By the path: a file opened and closed here would cost SQLite its locks. */
  show(): void {
    const at = this.#options.clock.now() / 1_000;
    try {
      utimesSync(this.#walPath, at, at);
    } catch {
      // Somebody else's file, or none: others see it a little later.
    }
  }

  #tick(): void {
    this.#floor = this.#options.clock.after(FLOOR_MS, () => {
      this.#tick();
      this.#look();
      if (this.#watcher === null) this.#arm();
    });
  }

  /** @returns whether somebody else had committed */
  #look(): boolean {
    const version = this.#options.version();
    if (version === this.#version) return false;
    this.#version = version;
    this.#options.changed();
    return true;
  }

  #lookSoon(round: number): void {
    this.#again?.();
    this.#again = null;
    const ms = LOOK_AGAIN_MS[round];
    if (ms === undefined) return;
    this.#again = this.#options.clock.after(ms, () => {
      this.#again = null;
      if (!this.#look()) this.#lookSoon(round + 1);
    });
  }

  #arm(): void {
    try {
      const watcher = watch(this.#walPath, { persistent: false });
      watcher.on("change", (event) => {
        if (this.#watcher !== watcher) return;
        if (!this.#look()) this.#lookSoon(0);
        // Replaced or removed: this watcher would stay with the old file. The floor arms a new one.
        if (event === "rename") this.#disarm();
      });
      watcher.on("error", () => {
        if (this.#watcher === watcher) this.#disarm();
      });
      this.#watcher = watcher;
    } catch {
      // No such file yet, or no watching on this file system: the floor does it.
    }
  }

  #disarm(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }
}
