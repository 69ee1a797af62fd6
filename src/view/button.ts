/** A button, or a link that looks like one. */
import { icon } from "./icons.js";
import { h, keyed, type Markup } from "./markup.js";
import type { ActionView } from "./view-types.js";

export function button({ action, label, kind, icon: shape, busy, href }: ActionView): Markup {
  const attrs = { class: "wm-button", "data-kind": kind === "plain" ? null : kind };
  const children = [shape !== undefined && icon(shape), label];
  if (href !== undefined) return keyed(action, h("a", { ...attrs, href }, children));
  const disabled = busy === true ? "true" : null;
  return { ...h("button", { type: "button", ...attrs, "aria-disabled": disabled }, children), key: action, action };
}
