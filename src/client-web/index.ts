/** `waymark/client`: follow jobs from any page, without a framework. Every public name is listed here. */
export type { Clock } from "../core/clock.js";
export type { WireStatus } from "../core/wire.js";
export type { ActionAnswer, JobQuery, JobsAnswer } from "./asking.js";
export { createStatusClient } from "./client.js";
export type { JobWatch, StatusClient, StatusClientOptions } from "./make-client.js";
export { browserPage, type Page } from "./page.js";
export { type ActionState, type Connection, type GoneFacts, hasEnded, type WatchSnapshot } from "./snapshot.js";
