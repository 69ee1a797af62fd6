/**
 * Loads the later parts of the picture: all that an ordinary job does not need at first sight. A page loads them once its
 * first picture stands, and at once when a job needs them. On a server they are here from the start, see react/server.ts.
 */
import type * as LaterParts from "./later/index.js";

export type Later = typeof LaterParts;

let parts: Later | null = null;
let loading: Promise<void> | null = null;
let failed = false;
const listeners = new Set<() => void>();

/** The later parts, or null while they are not here. */
export function laterParts(): Later | null {
  return parts;
}

/** Whether they could not be loaded when that was last tried: the network is gone, or a new version took their place. */
export function laterPartsFailed(): boolean {
  return failed;
}

/** Resolves when they are here, or could not be had; then the next call tries again. Never rejects. */
export function loadLaterParts(): Promise<void> {
  if (parts !== null) return Promise.resolve();
  loading ??= import("./later/index.js")
    .then(giveLaterParts, () => tell(true))
    .finally(() => {
      loading = null;
    });
  return loading;
}

/** For whoever has them at hand, as servers and lists do; null takes them away, for tests. */
export function giveLaterParts(given: Later | null): void {
  parts = given;
  tell(false);
}

/** Calls `listener` when they have come, or could not be had. @returns a function that ends it */
export function onLaterParts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(nowFailed: boolean): void {
  failed = nowFailed;
  for (const listener of Array.from(listeners)) listener();
}
