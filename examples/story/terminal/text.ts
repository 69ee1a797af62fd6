/**
 * Text for a terminal: made harmless, measured, cut, wrapped, aligned and coloured. Names and values of a CSV file come
 * from strangers, so nothing of them may reach the screen that a terminal would obey.
 */

/** Whether to colour, and how many columns there are. Decided once, by the entry point. */
export interface Screen {
  readonly color: boolean;
  readonly width: number;
}

// Control characters, and those that turn the direction of what follows.
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60\u3000-\u303f]/u;
const NO_WIDTH = /[\p{M}\p{Cf}]/u;

/** Every character a terminal would obey becomes a visible mark. */
export function harmless(text: string): string {
  return text.replace(OBEYED, "�");
}

/** Columns a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const point of text) width += NO_WIDTH.test(point) ? 0 : WIDE.test(point) ? 2 : 1;
  return width;
}

/** Cuts to at most `width` columns, with "…" where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const point of text) {
    used += widthOf(point);
    if (used > width - 1) break;
    kept += point;
  }
  return width < 1 ? "" : `${kept}…`;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Lines of at most `width` columns, broken between words; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = cut(word, width);
    }
  }
  return line === "" ? lines : [...lines, line];
}

export type Ink = "strong" | "quiet" | "here" | "good" | "bad" | "again";
const CODES: Readonly<Record<Ink, readonly [number, number]>> = {
  strong: [1, 22],
  quiet: [2, 22],
  here: [36, 39],
  good: [32, 39],
  bad: [31, 39],
  again: [33, 39],
};

/** Colour is never the only sign: every state also has a shape and a word. */
export function paint(text: string, ink: Ink, { color }: Pick<Screen, "color">): string {
  const [on, off] = CODES[ink];
  return color && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/** Columns parted by two spaces; "<" sets a column to the left, ">" to the right. The first row is the head. */
export function table(rows: readonly (readonly string[])[], sides: readonly ("<" | ">")[], screen: Screen): string[] {
  const widths = sides.map((_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ""))));
  // What does not fit is taken from the widest column, as long as something of it stays.
  const gaps = 2 * (widths.length - 1);
  let over = widths.reduce((sum, width) => sum + width, gaps) - screen.width;
  while (over > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 6) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over--;
  }
  return rows.map((row, n) => {
    const cells = widths.map((width, i) => (sides[i] === ">" ? padStart : padEnd)(cut(row[i] ?? "", width), width));
    const line = cells.join("  ").trimEnd();
    return n === 0 ? paint(line, "quiet", screen) : line;
  });
}
