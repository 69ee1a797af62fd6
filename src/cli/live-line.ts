/** A status on one line. On a terminal it is drawn in place, and its time goes on between two changes. */
import type { Clock } from "../core/clock.js";
import type { JobStatusInfo } from "../core/status-info.js";
import { durationText, instantText, type Place } from "../explain/wording.js";
import type { Piece, Screen } from "./screen.js";
import { detailOf, signOf, titleOf } from "./words.js";

/** Time first; the rest is what a viewer sees change. */
export function statusLine(info: JobStatusInfo, place: Place): Piece[] {
  const sign = signOf(info);
  const detail = detailOf(info, place);
  return [
    { text: `${instantText(place.now, place)}  `, style: "quiet" },
    sign,
    " ",
    { text: titleOf(info), style: "strong" },
    ...(detail === "" ? [] : [`  ${detail}`]),
  ];
}

export interface LiveLine {
  show(info: JobStatusInfo): void;
  /** Takes the line away. */
  end(): Promise<void>;
}

const REDRAW_MS = 100;
const TICK_MS = 1_000;

export function openLiveLine(screen: Screen, clock: Clock): LiveLine {
  let newest: { readonly info: JobStatusInfo; readonly seenAt: number } | null = null;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let disarm: (() => void) | null = null;

  const arm = (ms: number): void => {
    disarm?.();
    disarm = clock.after(ms, draw);
  };
  const draw = (): void => {
    if (newest === null) return;
    const { info, seenAt } = newest;
    drawnAt = clock.monotonic();
    const runs = info.status === "processing" && info.processingMs !== null;
    const seconds = runs ? Math.floor((info.processingMs + drawnAt - seenAt) / 1_000) : 0;
    const time = seconds === 0 ? "" : `  ${durationText(seconds * 1_000)}`;
    void screen.live(...statusLine(info, { now: clock.now() }).slice(1), { text: time, style: "quiet" });
    arm(TICK_MS);
  };

  return {
    show: (info) => {
      newest = { info, seenAt: clock.monotonic() };
      const wait = drawnAt + REDRAW_MS - clock.monotonic();
      if (wait <= 0) draw();
      else arm(wait);
    },
    end: async () => {
      disarm?.();
      newest = null;
      if (drawnAt > Number.NEGATIVE_INFINITY) await screen.clear();
    },
  };
}
