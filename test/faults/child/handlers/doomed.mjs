/** Fails at once, as when a service that all of them need is away. */
import { defineJob } from "waymark";

export const handlers = () => [
  defineJob({ kind: "doomed", maxAttempts: 50, backoff: { base: "20s" } }).handle(() => {
    throw new Error("the service is away");
  }),
];
