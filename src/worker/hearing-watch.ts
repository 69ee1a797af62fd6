/**
 * Tells when the hints of other processes do not arrive. Nothing is lost then, as everybody polls as well; but jobs start a
 * poll later than they could, and nobody would know why.
 */
import type { Store } from "../core/store.js";

/** A connection may be lost and made again between two looks; one that is not there at so many in a row is told of. */
const LOOKS = 2;
const PROBLEM = {
  connecting: "The store cannot listen for the hints of other processes: jobs start by polling until it can.",
  deaf: "Hints of other processes do not get through to the connection that listens: jobs start by polling. Behind a transaction pooler give listenUrl, an address that leads to the server itself.",
} as const;

/** @returns to be called now and then; tells once, and again only after hints have arrived in between */
export function createHearingWatch(store: Store, tell: (error: Error) => void): () => void {
  let looks = 0;
  return () => {
    const hearing = store.hearing ?? "hears";
    if (hearing === "hears") looks = 0;
    else if (++looks === LOOKS) tell(new Error(PROBLEM[hearing]));
  };
}
