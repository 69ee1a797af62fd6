/** Markup as React elements. */
import { createElement, type MouseEvent, type ReactElement, type Ref } from "react";
import type { ActionName, Markup } from "../view/markup.js";

/** HTML and SVG names that React writes in its own way. */
const NAMES: Readonly<Record<string, string>> = {
  class: "className",
  tabindex: "tabIndex",
  "stroke-dasharray": "strokeDasharray",
};

export interface Wiring {
  readonly onAction: (action: ActionName, button: Element) => void;
  readonly onDialogClose: () => void;
}

export function toReact(markup: Markup, wiring: Wiring, root: { readonly ref?: Ref<Element> } = {}): ReactElement {
  const { tag, attrs, children, key, action } = markup;
  const props: Record<string, unknown> = { ...root, ...(key === undefined ? {} : { key }) };
  for (const [name, value] of Object.entries(attrs))
    props[NAMES[name] ?? name] = name === "tabindex" ? Number(value) : value;
  if (action !== undefined) {
    props["onClick"] = (event: MouseEvent<Element>) => wiring.onAction(action, event.currentTarget);
  }
  if (tag === "dialog") props["onClose"] = wiring.onDialogClose;
  const drawn = children.map((child) => (typeof child === "string" ? child : toReact(child, wiring)));
  return createElement(tag, props, ...drawn);
}
