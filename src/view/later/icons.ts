/** The shapes of all states that are not ordinary, and of what a note or a button says. */
import { FILLED, path, ring, type Shape } from "../icons.js";
import { h } from "../markup.js";

export const SCHEDULED: Shape = [ring(), path("M8 4.5V8l2.4 1.6")];
export const AGAIN: Shape = [path("M13.6 9.6A6 6 0 1 1 13 4.7"), path("M13.4 1.4v3.6H9.8")];
export const FAILED: Shape = [
  path("M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z", FILLED),
  path("M8 4.4v4.2M8 11.4v.1", { class: "wm-cut-line" }),
];
export const CANCELLING: Shape = [ring({ "stroke-dasharray": "2.2 2.1" }), path("M5 8h6")];
export const CANCELLED: Shape = [ring(), path("M4.75 8h6.5")];
export const EXPIRED: Shape = [
  path("M3.5 1.75h9M3.5 14.25h9M4.5 1.75v2.6L8 8l3.5-3.65v-2.6M4.5 14.25v-2.6L8 8l3.5 3.65v2.6"),
];
export const SLOW: Shape = [ring(), path("M8 4.5v4M8 11.2v.1")];
export const OFFLINE: Shape = [
  path("M2 6.2a9 9 0 0 1 4-2.1M14 6.2a9 9 0 0 0-3.6-2M4.6 9a5 5 0 0 1 3-1.4M8 12.2v.1M2 1.8 14 14"),
];
export const RECONNECTING: Shape = [path("M1.8 6.2a9 9 0 0 1 12.4 0M4.4 9a5.2 5.2 0 0 1 7.2 0M8 12.2v.1")];
export const PURGED: Shape = [
  ring({ "stroke-dasharray": "0.1 3.17" }),
  path("M5.5 8h5", { "stroke-dasharray": "0.1 2.4" }),
];
export const UNKNOWN: Shape = [ring(), path("M6.2 6.2a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.1M8 11.4v.1")];
export const COPY: Shape = [h("rect", { x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.5 }), path("M3.5 10.5h-1v-8h8v1")];
