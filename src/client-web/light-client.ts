/** The status client of pages with a component: what asks for a retry, a cancellation or a list comes with the later parts. */
import { makeStatusClient, type StatusClient, type StatusClientOptions } from "./make-client.js";

/** Makes no request and starts no timer until a watch has a listener; safe to call while rendering on a server. */
export function createStatusClient(options: StatusClientOptions = {}): StatusClient {
  return makeStatusClient(options, () => import("./asking.js"));
}
