/** What a click on one of the component's buttons does. The same for React and the element. */
import type { WatchSnapshot } from "../client-web/snapshot.js";
import type { ActionName } from "./markup.js";
import type { Pace } from "./pace.js";
import { asksFirst } from "./present.js";
import type { LinkName } from "./view-types.js";

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

/** Opens the question when it was just drawn. */
export function openQuestion(root: Element): void {
  const dialog = root.querySelector("dialog");
  if (dialog !== null && !dialog.open) dialog.showModal();
}

/** Whether the focus stands on something in the card that may vanish. */
export function holdsFocus(root: Element): boolean {
  return root !== root.ownerDocument.activeElement && root.contains(root.ownerDocument.activeElement);
}

/** A button that vanished hands its focus to the card's heading. */
export function rescueFocus(root: Element): void {
  if (root.contains(root.ownerDocument.activeElement)) return;
  root.querySelector<HTMLElement>(".wm-job-title, .wm-row-name")?.focus();
}
