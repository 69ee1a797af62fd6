/** Aligned columns, parted by two spaces. What does not fit is taken from the widest column that may shrink. */
import type { Piece, Screen, Style } from "./screen.js";
import { cut, harmless, padEnd, widthOf } from "./text.js";

export interface Column {
  readonly head: string;
  /** True for what people copy: it is never cut. */
  readonly whole?: boolean;
}
export type Cell = string | { readonly text: string; readonly style: Style };

const GAP = "  ";
const LEAST = 6;

export async function printTable(
  screen: Screen,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  const texts = [columns.map(({ head }) => head), ...rows.map((row) => row.map((cell) => harmless(textOf(cell))))];
  const widths = columns.map((_, i) => Math.max(...texts.map((row) => widthOf(row[i] ?? ""))));
  shrink(widths, columns, screen.width);
  const last = columns.length - 1;
  const piecesOf = (row: readonly Cell[]): Piece[] =>
    row.flatMap((cell, i) => {
      const room = widths[i] ?? 0;
      const text = cut(harmless(textOf(cell)), room);
      const padded = i === last ? text : padEnd(text, room) + GAP;
      return [typeof cell === "string" ? padded : { text: padded, style: cell.style }];
    });
  await screen.line(...piecesOf(columns.map(({ head }) => ({ text: head, style: "quiet" }))));
  for (const row of rows) await screen.line(...piecesOf(row));
}

function shrink(widths: number[], columns: readonly Column[], room: number): void {
  const total = (): number => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  while (total() > room) {
    const mayShrink = widths.map((width, i) => (columns[i]?.whole === true ? 0 : width));
    const widest = Math.max(...mayShrink);
    if (widest <= LEAST) return;
    widths[mayShrink.indexOf(widest)] = widest - 1;
  }
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}
