/** The later parts as React state: null until they are here. */
import { useSyncExternalStore } from "react";
import { type Later, laterParts, onLaterParts } from "../view/later-parts.js";

export function useLater(): Later | null {
  return useSyncExternalStore(onLaterParts, laterParts, laterParts);
}
