/** What the client must know of the page it runs in: whether anybody looks at it, and whether there is a network. */

export interface Page {
  /** In a background tab, or minimised. */
  hidden(): boolean;
  online(): boolean;
  /** Calls `listener` after either may have changed. The returned function takes it back. */
  onChange(listener: () => void): () => void;
}

/** The page of this browser; outside of browsers, one that is always shown and always online. */
export const browserPage: Page = {
  hidden: () => typeof document !== "undefined" && document.visibilityState === "hidden",
  online: () => typeof navigator === "undefined" || navigator.onLine,
  onChange(listener) {
    if (typeof document === "undefined" || typeof window === "undefined") return () => {};
    document.addEventListener("visibilitychange", listener);
    window.addEventListener("online", listener);
    window.addEventListener("offline", listener);
    return () => {
      document.removeEventListener("visibilitychange", listener);
      window.removeEventListener("online", listener);
      window.removeEventListener("offline", listener);
    };
  },
};
