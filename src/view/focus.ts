/** The focus, which a redraw could lose. */

/** Whether the focus stands on something in the card that may vanish. */
export function holdsFocus(root: Element): boolean {
  return root !== root.ownerDocument.activeElement && root.contains(root.ownerDocument.activeElement);
}

/** A button that vanished hands its focus to the card's heading. */
export function rescueFocus(root: Element): void {
  if (root.contains(root.ownerDocument.activeElement)) return;
  root.querySelector<HTMLElement>(".wm-job-title, .wm-row-name")?.focus();
}
