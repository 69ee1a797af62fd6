/**
 * Reads server-sent events that arrive in pieces, as the HTML standard says (9.2.6), except that an id is of its own event
 * only. Small, because every page carries it.
 */

export interface EventReader {
  /** @param event  empty when the event has no name */
  onEvent(event: string, data: string, id: string | null): void;
  /** A line that is there to show that the line stands. */
  onComment(): void;
  onRetry(ms: number): void;
}

/**
 * @param mostChars  of one event
 * @returns takes the next piece of text. It throws a RangeError when an event is too long.
 */
export function createEventParser(reader: EventReader, mostChars: number): (piece: string) => void {
  let unfinished = "";
  let event = "";
  let data: string | null = null;
  let id: string | null = null;

  const take = (line: string): void => {
    if (line === "") {
      if (data !== null) reader.onEvent(event, data, id);
      event = "";
      data = null;
      id = null;
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return reader.onComment();
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data = data === null ? value : `${data}\n${value}`;
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^\d+$/.test(value)) reader.onRetry(Number(value));
  };

  return (piece) => {
    // A long line is looked at once, when its end is there. A return at the very end may be half of a line's end.
    const hasEnd = unfinished.endsWith("\r") || /[\r\n]/.test(piece);
    unfinished += piece;
    if (hasEnd) {
      const lines = unfinished.split(/\r\n|\n|\r(?!$)/);
      unfinished = lines.pop() ?? "";
      for (const line of lines) take(line);
    }
    if (unfinished.length + (data ?? "").length > mostChars) throw new RangeError("An event is too long.");
  };
}
