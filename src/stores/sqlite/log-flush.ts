/**
 * Brings the write-ahead log to the disk beside SQLite, which would do it inside the commit: while it holds the write lock
 * of the file, and this thread. Here the commit comes first, without a flush, and the flush after it: off this thread,
 * with the lock free for others, and one for all that was committed meanwhile. on-disk.ts says who waits for it.
 *
 * The flush is of the file, whoever wrote to it, so that it covers the commits of other processes too. Whatever a
 * checkpoint has taken out of the log meanwhile, SQLite has flushed by itself.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** What it takes to flush a file. */
export interface FlushedFile {
  /** On another thread. */
  flush(): Promise<void>;
  /** On this one. */
  flushNow(): void;
  close(): void;
}

export class LogFlush {
  readonly #file: FlushedFile;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #closed = false;

  constructor(file: FlushedFile) {
    this.#file = file;
  }

  /**
   * @param path  of the database, whose log is there
   * @returns  null when the log cannot be opened: then SQLite has to flush
   */
  static open(path: string): LogFlush | null {
    try {
      return new LogFlush(fileAt(openSync(`${path}-wal`, "r+")));
    } catch {
      return null;
    }
  }

  /** For a lone write: to wait for another thread would take longer. */
  now(): void {
    this.#file.flushNow();
  }

  /** Resolves once all that was committed before the call is on disk. */
  done(): Promise<void> {
    if (this.#running === null) return this.#begin();
    // The one that is under way may have begun before that commit.
    const begin = (): Promise<void> => this.#begin();
    this.#next ??= this.#running.then(begin, begin);
    return this.#next;
  }

  /**
   * Nothing is flushed from now on: what still waits for its turn fails. The file itself is closed when the flush that is
   * under way has ended, as its number may belong to another file right after.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const close = (): void => this.#file.close();
    if (this.#running === null) close();
    else this.#running.then(close, close);
  }

  #begin(): Promise<void> {
    this.#next = null;
    if (this.#closed) return Promise.reject(new Error("The log is flushed by SQLite itself again."));
    const running = this.#file.flush().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }
}

/** Nobody locks the log itself, so that closing it here drops no lock of SQLite's, as it would with the other files. */
function fileAt(file: number): FlushedFile {
  return {
    flush: () => new Promise((resolve, reject) => fdatasync(file, (error) => (error ? reject(error) : resolve()))),
    flushNow: () => fdatasyncSync(file),
    close: () => closeSync(file),
  };
}
