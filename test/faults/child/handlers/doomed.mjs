/** Fails all at once: every handler waits for the same moment. */
import { defineJob } from "waymark";

export const handlers = () => [
  defineJob({ kind: "doomed", backoff: { base: "20s" } }).handle(() => {
    throw new Error("the service is away");
  }),
];
