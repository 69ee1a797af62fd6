/** What a click on one of the component's buttons does. The same for React and the element. */
import type { WatchSnapshot } from "../../client-web/snapshot.js";
import type { ActionName } from "../markup.js";
import type { Pace } from "../pace.js";
import type { LinkName } from "../view-types.js";
import { asksFirst } from "./question.js";

export interface Controls {
  readonly snapshot: WatchSnapshot;
  readonly pace: Pace;
  readonly retry: () => void;
  readonly cancel: () => void;
  readonly follow: (link: LinkName) => void;
}

/** @param button  the button that was pressed; its dialog, if it stands in one, is closed first, so that focus returns */
export function perform(action: ActionName, button: Element, controls: Controls): void {
  const { snapshot, pace } = controls;
  if (button.getAttribute("aria-disabled") === "true") return;
  switch (action) {
    case "retry":
      return controls.retry();
    case "cancel":
      return asksFirst(snapshot, pace.timing) ? pace.ask(true) : controls.cancel();
    case "keep":
    case "stop":
      button.closest("dialog")?.close();
      pace.ask(false);
      return action === "stop" ? controls.cancel() : undefined;
    case "copy": {
      const reference = snapshot.status?.status === "failed" ? snapshot.status.error.reference : "";
      const clipboard = button.ownerDocument.defaultView?.navigator.clipboard;
      void clipboard?.writeText(reference).then(
        () => pace.copied(),
        () => undefined,
      );
      return;
    }
    case "open":
    case "startNew":
    case "list":
    case "details":
      return controls.follow(action);
  }
}
