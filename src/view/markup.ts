/**
 * Markup as data. React and the custom element draw the same tree, so they cannot differ. It knows no style attribute:
 * a strict content security policy would drop it.
 */

/** What a button asks for. */
export type ActionName = "cancel" | "keep" | "stop" | "retry" | "open" | "startNew" | "list" | "details" | "copy";

export interface Markup {
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: readonly (Markup | string)[];
  /** Tells siblings apart, so that an element that stays keeps its focus. */
  readonly key?: string;
  /** Set on buttons. */
  readonly action?: ActionName;
}

type Attrs = Readonly<Record<string, string | number | boolean | null | undefined>>;
type Child = Markup | string | null | undefined | false;

/** One element. Attributes that are null, undefined or false are left out; true is an empty value. */
export function h(tag: string, attrs: Attrs = {}, children: readonly Child[] | string = []): Markup {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(attrs)) {
    if (value !== null && value !== undefined && value !== false) kept[name] = value === true ? "" : String(value);
  }
  const list = typeof children === "string" ? [children] : children;
  return { tag, attrs: kept, children: list.filter((each) => each !== null && each !== undefined && each !== false) };
}

export function keyed(key: string, markup: Markup): Markup {
  return { ...markup, key };
}
