/** The jobs that scenarios enqueue; their handlers are in ../child/handlers. */
import { defineJob } from "../../../src/index.js";

export const plain = defineJob({ kind: "plain", maxAttempts: 10 });
export const patient = defineJob({ kind: "patient", maxAttempts: 10 });
/** Never lost so often that a worker would keep to it alone for a lease, and claim nothing else. */
export const patientTwice = defineJob({ kind: "patient", maxAttempts: 2 });
export const nap = defineJob({ kind: "nap", maxAttempts: 5 });
