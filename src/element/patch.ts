/**
 * Brings the page to what the markup says, changing no more than differs: elements that stay keep their focus and their
 * transitions. It sets attributes and text only, so a strict content security policy has nothing to refuse.
 */
import type { ActionName, Markup } from "../view/markup.js";

const SVG = "http://www.w3.org/2000/svg";

const keys = new WeakMap<Node, string>();
const actions = new WeakMap<Element, ActionName>();

/** What a press on `target` asks for. */
export function actionAt(target: EventTarget | null): { readonly action: ActionName; readonly button: Element } | null {
  const button = target instanceof Element ? target.closest("button") : null;
  const action = button === null ? undefined : actions.get(button);
  return button === null || action === undefined ? null : { action, button };
}

export function patchChildren(parent: Element, children: readonly (Markup | string)[]): void {
  const left = Array.from(parent.childNodes);
  const wanted = children.map((child) => {
    const at = left.findIndex((node) => fits(node, child));
    const [known] = at < 0 ? [] : left.splice(at, 1);
    return { child, node: known ?? create(parent, child) };
  });
  // What goes is taken out first, so that what stays need not move: a moved element would lose its focus.
  for (const node of left) node.remove();
  for (const [at, { child, node }] of wanted.entries()) {
    if (parent.childNodes[at] !== node) parent.insertBefore(node, parent.childNodes[at] ?? null);
    if (typeof child === "string") {
      if (node.textContent !== child) node.textContent = child;
    } else {
      patchElement(node as Element, child);
    }
  }
}

function patchElement(element: Element, { attrs, children, action }: Markup): void {
  for (const name of element.getAttributeNames()) {
    // An open dialog has its own say about that.
    if (!(name in attrs) && name !== "open") element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(attrs)) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  if (action === undefined) actions.delete(element);
  else actions.set(element, action);
  patchChildren(element, children);
}

function fits(node: Node, child: Markup | string): boolean {
  if (typeof child === "string") return node.nodeType === 3;
  return node instanceof Element && node.localName === child.tag && keys.get(node) === child.key;
}

function create(parent: Element, child: Markup | string): Node {
  const document = parent.ownerDocument;
  if (typeof child === "string") return document.createTextNode(child);
  const svg = child.tag === "svg" || parent.namespaceURI === SVG;
  const element = svg ? document.createElementNS(SVG, child.tag) : document.createElement(child.tag);
  if (child.key !== undefined) keys.set(element, child.key);
  return element;
}
