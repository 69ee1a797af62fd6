/**
 * Shows a job while it runs. On a terminal one line is redrawn in place, at most ten times a second, and the time goes on
 * between updates; anywhere else (a file, a pipe, a build log) each change of place is one line.
 */
import type { JobStatusInfo } from "waymark";
import { placeOf, statusLine } from "./status-line.js";
import type { Screen } from "./text.js";

/** The part of Waymark's Clock that is needed here. */
export interface Ticking {
  monotonic(): number;
  after(ms: number, run: () => void): () => void;
}
export interface LiveLineOptions {
  readonly screen: Screen;
  /** True redraws in place. */
  readonly inPlace: boolean;
  readonly write: (text: string) => void;
  readonly clock: Ticking;
}

const REDRAW_MS = 100;
const CLEAR = "\r\u001b[2K";

export class LiveLine {
  readonly #options: LiveLineOptions;
  #info: JobStatusInfo | undefined;
  #seenAt = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #place = "";
  #cancelTick: (() => void) | undefined;

  constructor(options: LiveLineOptions) {
    this.#options = options;
  }

  /** Takes the newest status. What comes faster than it can be drawn is skipped; the last one is always shown. */
  show(info: JobStatusInfo): void {
    this.#info = info;
    this.#seenAt = this.#options.clock.monotonic();
    if (this.#options.inPlace) this.#drawSoon();
    else this.#print(info);
  }

  /** Takes the line away, so that what is written next stands in its place. */
  end(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    if (this.#options.inPlace && this.#drawnAt > Number.NEGATIVE_INFINITY) this.#options.write(CLEAR);
    this.#info = undefined;
  }

  #print(info: JobStatusInfo): void {
    const place = placeOf(info);
    if (place === this.#place) return;
    this.#place = place;
    this.#options.write(`${statusLine(info, info.processingMs, this.#options.screen)}\n`);
  }

  #drawSoon(): void {
    if (this.#cancelTick) return;
    const { clock } = this.#options;
    const wait = Math.max(0, this.#drawnAt + REDRAW_MS - clock.monotonic());
    if (wait === 0) this.#draw();
    this.#cancelTick = clock.after(wait === 0 ? REDRAW_MS : wait, () => {
      this.#cancelTick = undefined;
      this.#draw();
      this.#drawSoon();
    });
  }

  #draw(): void {
    const info = this.#info;
    if (!info) return;
    const { clock, screen, write } = this.#options;
    this.#drawnAt = clock.monotonic();
    const since = info.status === "processing" ? this.#drawnAt - this.#seenAt : 0;
    const soFar = info.processingMs === null ? null : info.processingMs + since;
    // One column stays free: a full line would make some terminals begin a new one.
    write(CLEAR + statusLine(info, soFar, { ...screen, width: screen.width - 1 }));
  }
}
