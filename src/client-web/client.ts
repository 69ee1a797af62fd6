/** The status client of a page. */
import { act, list } from "./asking.js";
import { makeStatusClient, type StatusClient, type StatusClientOptions } from "./make-client.js";

/** Makes no request and starts no timer until a watch has a listener; safe to call while rendering on a server. */
export function createStatusClient(options: StatusClientOptions = {}): StatusClient {
  return makeStatusClient(options, async () => ({ act, list }));
}
