/** `waymark/element`: importing it defines `<waymark-job>`. On a server it defines nothing. */
import { WaymarkJob } from "./waymark-job.js";

export { createStatusClient, type StatusClient, type StatusClientOptions } from "../client-web/client.js";
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
