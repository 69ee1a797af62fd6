/**
 * The only way to the terminal. Commands hand over pieces of plain text, each with a style; here they are made harmless
 * first and coloured afterwards, so nothing from the data can pass for a colour of ours.
 */
import { styleText } from "node:util";
import { cut, harmless, jsonText, widthOf, wrap } from "./text.js";

export type Style = "strong" | "quiet" | "plum" | "stone" | "lake" | "ochre" | "green" | "red" | "brown";
/** Plain text, or text with a style. */
export type Piece = string | { readonly text: string; readonly style: Style };

/** Colour is never the only sign: every status also has a shape and a word. */
const STYLES: Readonly<Record<Style, Parameters<typeof styleText>[0]>> = {
  strong: "bold",
  quiet: "dim",
  plum: "magenta",
  stone: "dim",
  lake: "cyan",
  ochre: "yellow",
  green: "green",
  red: "red",
  brown: "yellow",
};

/** Where text goes. */
export interface Sink {
  /** Resolves when more may be written; at once for a reader that has gone. */
  write(text: string): Promise<void>;
  readonly isTerminal: boolean;
}

export interface ScreenOptions {
  readonly out: Sink;
  readonly err: Sink;
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
}

export class Screen {
  /** Columns to fill; at most 100, because longer lines read badly. */
  readonly width: number;
  readonly isTerminal: boolean;
  readonly #out: Sink;
  readonly #err: Sink;
  readonly #color: boolean;

  constructor({ out, err, width, color }: ScreenOptions) {
    this.#out = out;
    this.#err = err;
    this.#color = color;
    this.width = Math.max(32, Math.min(100, width));
    this.isTerminal = out.isTerminal;
  }

  /** One line to standard output. */
  line(...pieces: readonly Piece[]): Promise<void> {
    return this.#out.write(`${this.#render(pieces)}\n`);
  }

  /** A sentence, broken into lines that fit. */
  async paragraph(text: string, style?: Style): Promise<void> {
    for (const line of wrap(harmless(text), this.width))
      await this.line(style === undefined ? line : { text: line, style });
  }

  /** A line that the next `live` or `line` after `clear` takes the place of. For terminals. */
  live(...pieces: readonly Piece[]): Promise<void> {
    // One column stays free: a full line would make some terminals begin a new one.
    return this.#out.write(`\r\u001b[2K${this.#render(fitted(pieces, this.width - 1))}`);
  }
  clear(): Promise<void> {
    return this.#out.write("\r\u001b[2K");
  }

  /** One JSON document. */
  json(value: unknown): Promise<void> {
    return this.#out.write(`${jsonText(value, 2)}\n`);
  }
  /** One line of newline-delimited JSON. */
  jsonLine(value: unknown): Promise<void> {
    return this.#out.write(`${jsonText(value)}\n`);
  }

  /** Text of our own that holds nothing from the data: help, SQL. */
  verbatim(text: string): Promise<void> {
    return this.#out.write(text);
  }

  /** One line to standard error. */
  complain(...pieces: readonly Piece[]): Promise<void> {
    return this.#err.write(`${this.#render(pieces)}\n`);
  }

  #render(pieces: readonly Piece[]): string {
    return pieces
      .map((piece) => {
        if (typeof piece === "string") return harmless(piece);
        const text = harmless(piece.text);
        return this.#color && text !== "" ? styleText(STYLES[piece.style], text) : text;
      })
      .join("");
  }
}

function fitted(pieces: readonly Piece[], width: number): Piece[] {
  let left = width;
  return pieces.map((piece) => {
    const text = cut(harmless(typeof piece === "string" ? piece : piece.text), left);
    left -= widthOf(text);
    return typeof piece === "string" ? text : { ...piece, text };
  });
}
