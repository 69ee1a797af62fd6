/** The tab of the page tells where the job is too: "49% · cars.csv", with the status's shape for an icon. */
import type { Markup } from "../markup.js";
import type { JobView, Look, ViewInput } from "../view-types.js";
import { tabTitle } from "./spoken.js";

/** One colour for light and dark tabs, of the same family as the status's mark. */
const COLOURS: Readonly<Partial<Record<Look, string>>> = {
  scheduled: "#8d5aa8",
  processing: "#1e7fa6",
  retrying: "#b9781f",
  completed: "#2f8a5b",
  failed: "#d04a3f",
  expired: "#9a7358",
};
const STONE = "#7b8076";

export interface Tab {
  show(input: ViewInput, view: JobView): void;
  /** Gives title and icon back. */
  release(): void;
}

/** Takes over title and icon until they are released. */
export function claimTab(document: Document): Tab {
  const title = document.title;
  const link = document.createElement("link");
  link.rel = "icon";
  link.type = "image/svg+xml";
  const others = Array.from(document.head.querySelectorAll<HTMLLinkElement>('link[rel~="icon"]'));
  for (const other of others) other.remove();
  document.head.append(link);
  return {
    show(input, view) {
      const text = tabTitle(input, view);
      if (document.title !== text) document.title = text;
      const href = `data:image/svg+xml,${encodeURIComponent(iconSvg(view))}`;
      if (link.getAttribute("href") !== href) link.setAttribute("href", href);
    },
    release() {
      document.title = title;
      link.remove();
      document.head.append(...others);
    },
  };
}

function iconSvg({ icon, look }: JobView): string {
  const colour = COLOURS[look] ?? STONE;
  const shapes = icon.map((shape) => svgText(shape)).join("");
  const pen = `fill="none" stroke="${colour}" color="${colour}" stroke-width="1.5" stroke-linecap="round"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" ${pen} stroke-linejoin="round">${shapes}</svg>`;
}

/** Our own shapes only: nothing in them needs escaping. */
function svgText({ tag, attrs, children }: Markup): string {
  const cut = attrs["class"] === "wm-cut" ? ' fill="#fff"' : attrs["class"] === "wm-cut-line" ? ' stroke="#fff"' : "";
  const all = Object.entries(attrs).map(([name, value]) => ` ${name}="${value}"`);
  const inner = children.map((child) => (typeof child === "string" ? child : svgText(child)));
  return `<${tag}${all.join("")}${cut}>${inner.join("")}</${tag}>`;
}
