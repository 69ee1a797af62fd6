/** `waymark/client`: follow jobs from any page, without a framework. Every public name is listed here. */
export type { Clock } from "../core/clock.js";
export type { WireStatus } from "../core/wire.js";
export {
  type ActionAnswer,
  createStatusClient,
  type JobWatch,
  type StatusClient,
  type StatusClientOptions,
} from "./client.js";
export { browserPage, type Page } from "./page.js";
export { type ActionState, type Connection, type GoneFacts, hasEnded, type WatchSnapshot } from "./snapshot.js";
