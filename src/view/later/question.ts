/** The question before much work is thrown away. */
import type { WatchSnapshot } from "../../client-web/snapshot.js";
import { button } from "../button.js";
import { h, keyed, type Markup } from "../markup.js";
import type { ActionView, Timing } from "../view-types.js";
import type { Words } from "../words.js";

/** Work that took longer than this is not thrown away without asking. */
const ASK_FROM_MS = 10_000;

/** Opens the question when it was just drawn. */
export function openQuestion(root: Element | null): void {
  const dialog = root?.querySelector("dialog");
  if (dialog && !dialog.open) dialog.showModal();
}

/** Whether cancelling now would throw away so much that it is asked first. */
export function asksFirst({ status }: WatchSnapshot, { now, statusAt }: Timing): boolean {
  if (status?.status !== "processing") return false;
  const since = now === null || statusAt === null ? 0 : now - statusAt;
  return (status.processingMs ?? 0) + since > ASK_FROM_MS;
}

export function question(words: Words, subject: string | null): Markup {
  const text = subject === null ? words.say("ask.unnamed") : words.say("ask.question", { subject });
  const keep: ActionView = { action: "keep", label: words.say("ask.keep"), kind: "primary" };
  const stop: ActionView = { action: "stop", label: words.say("ask.stop"), kind: "plain" };
  return keyed(
    "question",
    h("dialog", { class: "wm-dialog", "aria-label": text }, [
      h("p", {}, text),
      h("div", { class: "wm-job-actions" }, [button(keep), button(stop)]),
    ]),
  );
}
