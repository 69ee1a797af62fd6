/**
 * One open event stream: bytes out, bounded. A reader that does not keep up with 64 KiB is told to connect again, and let
 * go (SECURITY L2): its next snapshot has all it missed.
 */
import { PING, RESYNC } from "./frames.js";

export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly closed: boolean;
  /** Sends, or lets a reader go that is too slow. */
  send(bytes: Uint8Array): void;
  /** Resolves when `bytes` more fit, or the stream has closed. For what need not be sent at once. */
  room(bytes: number): Promise<void>;
  /** Keeps the connection alive. A reader that took nothing since the ping before is let go. */
  ping(): void;
  close(): void;
}

const MOST_BUFFERED = 65_536;

/** @param onClose  called once, whoever ends it */
export function openEventStream(onClose: () => void, mostBuffered: number = MOST_BUFFERED): EventStream {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let closed = false;
  let stuck = false;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const ended = (): void => {
    if (closed) return;
    closed = true;
    wake();
    onClose();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      pull: () => {
        stuck = false;
        wake();
      },
      cancel: ended,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostBuffered }),
  );
  const buffered = (): number => mostBuffered - (controller.desiredSize ?? mostBuffered);
  const close = (): void => {
    if (closed) return;
    controller.close();
    ended();
  };
  const letGo = (): void => {
    controller.enqueue(RESYNC);
    close();
  };

  return {
    body,
    get closed() {
      return closed;
    },
    send: (bytes) => {
      if (closed) return;
      // One event may be larger than the limit; what must not grow is the row of those that wait.
      if (buffered() > 0 && buffered() + bytes.length > mostBuffered) letGo();
      else controller.enqueue(bytes);
    },
    room: async (bytes) => {
      while (!closed && buffered() > 0 && buffered() + bytes > mostBuffered) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    ping: () => {
      if (closed) return;
      if (buffered() === 0) controller.enqueue(PING);
      else if (stuck) letGo();
      stuck = buffered() > 0;
    },
    close,
  };
}
