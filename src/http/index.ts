/** `waymark/http`: job status, live updates and control over HTTP. */
export type { Wire, WireStatus } from "../core/wire.js";
export { toWire } from "../core/wire.js";
export { accepted, type JobLinks, type TombstoneView } from "./answers.js";
export { createHttpApi, type HttpApi, type HttpApiOptions } from "./api.js";
export { type NodeListener, toNodeHandler } from "./node.js";
export type { Authenticate, Principal, Role } from "./principal.js";
export type { Problem } from "./problem.js";
export type { RateLimit } from "./rate-limit.js";
export type { Access, Answer, RouteInfo } from "./route.js";
export type { CorsOptions } from "./same-site.js";
export type { StreamLimits } from "./stream-registry.js";
