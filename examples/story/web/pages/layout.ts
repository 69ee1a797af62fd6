/** The frame of every page: head, bar, main. Values are escaped by `html`; nothing of a job is ever put in raw. */
import { html, raw } from "hono/html";
import type { User } from "../session.js";

export type Markup = ReturnType<typeof html>;

export interface Visitor {
  readonly user: User | null;
  /** Stories made for the user. */
  readonly stories: number;
}
export interface Page {
  readonly title: string;
  readonly visitor: Visitor;
  readonly current?: "new" | "stories";
  /** Of `main`: decides its width. */
  readonly width?: "page" | "page start" | "story";
  readonly skipTo: string;
  readonly content: unknown;
  /** For `main`, read by the scripts. */
  readonly data?: Readonly<Record<string, string>>;
}

export function layout({ title, visitor, current, width = "page", skipTo, content, data = {} }: Page): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Waymark</title>
<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/app.css">
<script type="module" src="/assets/app.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to ${skipTo}</a>
<header class="bar">
<a class="brand" href="/">${MARK}Waymark</a>
${visitor.user === null ? "" : navigation(visitor, visitor.user, current)}
</header>
<main class="${width}" id="main" tabindex="-1"${Object.entries(data).map(([name, value]) => html` data-${name}="${value}"`)}>
${content}
</main>
</body>
</html>`;
}

function navigation({ stories }: Visitor, user: User, current: Page["current"]): Markup {
  const here = (name: Page["current"]) => (current === name ? raw(' aria-current="page"') : "");
  return html`<nav class="nav" aria-label="Main">
<a href="/"${here("new")}>New story</a>
<a href="/stories"${here("stories")}>My stories</a>
</nav>
<form class="bar-end" method="post" action="/sign-out">
<span><b>${user.name}</b>, ${stories === 1 ? "1 story" : `${stories} stories`}</span>
<button class="bar-button">Switch user</button>
</form>`;
}

const MARK = raw(
  '<svg viewBox="0 0 32 28" aria-hidden="true"><path class="brand-trail" d="M4 8.5 9.6 22.6 15.4 13.6 20.6 22.6 24.4 14.6"/><path class="brand-blaze" d="M26.6 4.2 31 8.6 26.6 13 22.2 8.6Z"/></svg>',
);

const ICONS = {
  door: '<path d="M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6"/>',
  link: '<path d="M6.8 9.2a2.8 2.8 0 0 0 4 0l2-2a2.8 2.8 0 0 0-4-4l-.9.9M9.2 6.8a2.8 2.8 0 0 0-4 0l-2 2a2.8 2.8 0 0 0 4 4l.9-.9"/>',
  down: '<path d="M8 2.5v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11"/>',
  completed:
    '<circle cx="8" cy="8" r="7" fill="currentColor" stroke="none"/><path d="m4.9 8.3 2.2 2.2 4.1-4.6" class="wm-cut-line"/>',
  unknown: '<circle cx="8" cy="8" r="6.25"/><path d="M6.2 6.2a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.1M8 11.4v.1"/>',
  purged: '<circle cx="8" cy="8" r="6.25" stroke-dasharray="0.1 3.17"/><path d="M5.5 8h5" stroke-dasharray="0.1 2.4"/>',
} as const;

export function icon(name: keyof typeof ICONS, more = ""): Markup {
  return html`<svg class="wm-icon${more && ` ${more}`}" viewBox="0 0 16 16" aria-hidden="true">${raw(ICONS[name])}</svg>`;
}
