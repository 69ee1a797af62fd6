/** What a page does beside the card, once the later parts are here: the live region speaks, the tab shows the state. */
import { useEffect, useRef } from "react";
import type { BesideOptions } from "../view/later/beside.js";
import type { Later } from "../view/later-parts.js";
import type { Presentation } from "../view/present.js";

/** @param shown  the picture on the page, if it is the newest one */
export function useBeside(
  root: { readonly current: Element | null },
  shown: Presentation | null,
  later: Later | null,
  options: BesideOptions,
): void {
  // What was there first is read by whoever opens the page. What comes before the voice does must not be taken for it.
  const first = useRef<Presentation | null>(null);
  const beside = useRef<InstanceType<Later["Beside"]> | null>(null);
  useEffect(() => {
    if (shown === null) return;
    if (later === null) {
      if (shown.view.look !== "loading") first.current ??= shown;
      return;
    }
    beside.current ??= new later.Beside(document);
    beside.current.show(root.current, [first.current, shown], options);
    first.current = null;
  });
  useEffect(
    () => () => {
      beside.current?.end();
      beside.current = null;
    },
    [],
  );
}
