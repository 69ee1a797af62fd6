/**
 * The later parts of the picture, as one piece to load: all states that are not ordinary, rows, the countdown, and what a
 * page does beside the card. Only later-parts.ts and react/list.ts import it; every name is listed here.
 */
// Loaded along, so that a page that stays open for long need not ask its server for it then.
export { act } from "../../client-web/asking.js";
export { Beside } from "./beside.js";
export { catalogueOf } from "./catalogue.js";
export { extras } from "./extras.js";
export { otherView } from "./other-view.js";
export { perform } from "./perform.js";
export { question } from "./question.js";
export { emptyList, row } from "./row.js";
export { LATER_TEXTS } from "./texts.js";
export { NOTHING_SHOWN, nextShown, sayTimeLeft, spanOf } from "./time-left.js";
