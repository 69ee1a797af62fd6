/** `waymark/element`: importing it defines `<waymark-job>`. On a server it defines nothing. */
import { WaymarkJob } from "./waymark-job.js";

export { createStatusClient } from "../client-web/light-client.js";
export type { StatusClient, StatusClientOptions } from "../client-web/make-client.js";
export { es } from "../view/es.js";
export { en, type Messages } from "../view/messages.js";
export { WaymarkJob };

if (typeof customElements !== "undefined" && customElements.get("waymark-job") === undefined) {
  customElements.define("waymark-job", WaymarkJob);
}

declare global {
  interface HTMLElementTagNameMap {
    "waymark-job": WaymarkJob;
  }
}
