/** Failed: the title comes from the category, the text is the error's own safe message and what to do about it. */
import type { WireStatus } from "../../core/wire.js";
import { linkAction, present } from "../common.js";
import { positionOf } from "../position.js";
import type { ActionView, ViewInput, ViewPart } from "../view-types.js";
import { retryAction } from "./asked.js";
import { count, when } from "./dates.js";
import { STOP_SIGN } from "./end-signs.js";
import { COPY, FAILED } from "./icons.js";
import { stop } from "./sentences.js";

type Failed = Extract<WireStatus, { status: "failed" }>;

export function failedView(input: ViewInput, status: Failed): ViewPart {
  const { options } = input;
  const { error } = status;
  const own = options.failures?.[error.code];
  const later = retryLater(input, status);
  const retry = later === null ? retryAction(input, "action.retry") : null;
  const title = own?.title ?? titleOf(input, status);
  const { at, posts } = positionOf(status.progress);
  return {
    look: "failed",
    icon: FAILED,
    title,
    text: [sameWords(error.message, title) ? "" : stop(error.message), own?.advice ?? later ?? adviceOf(input, status)]
      .filter((each) => each !== "")
      .join(" "),
    actions: present(retry, retry === null && later === null && otherWay(input, status)),
    refusal: usedUp(input, status),
    reference: error.reference === "" ? null : error.reference,
    trail: { sign: STOP_SIGN, at, posts, unknown: false, meter: null },
  };
}

function titleOf({ words }: ViewInput, { error, retry }: Failed): string {
  return words.say(
    error.category === "temporary" && !retry.eligible ? "failed.temporaryOver" : `failed.${error.category}`,
  );
}

function adviceOf({ words }: ViewInput, { error, retry, attempt }: Failed): string {
  const values = { n: attempt, count: count(words, attempt) };
  return words.say(`advice.${error.category}${retry.eligible ? "" : "Over"}`, values);
}

/** A retry that is possible, but not yet: then the words stand where the button will be. */
function retryLater({ words, timing }: ViewInput, { retry }: Failed): string | null {
  const at = retry.nextAttemptAt === undefined ? null : Date.parse(retry.nextAttemptAt);
  if (at === null || timing.now === null || at <= timing.now) return null;
  return words.say("advice.limitLater", { when: when(words, at, timing.now), time: words.short(at - timing.now) });
}

/** The reason stands where the button was. */
function usedUp({ words }: ViewInput, { retry, attempt, maxAttempts, error }: Failed): string | null {
  if (retry.reason !== "attempts_used" || error.category === "temporary") return null;
  return words.say("refused.attempts", { n: attempt, total: maxAttempts });
}

function otherWay(input: ViewInput, { error, retry }: Failed): ActionView | null {
  const { words } = input;
  const { category } = error;
  if (category === "internal") {
    if (retry.eligible || error.reference === "") return null;
    const label = words.say(input.timing.copied ? "action.copied" : "action.copy");
    return { action: "copy", label, kind: "plain", icon: COPY };
  }
  return category === "temporary"
    ? linkAction(input, "startNew", { label: words.say("action.startOver"), kind: "plain" })
    : linkAction(input, "startNew", { label: words.say("action.chooseFile"), kind: "primary" });
}

/** "Something went wrong on our side." under that very title says nothing new. */
function sameWords(message: string, title: string): boolean {
  return stop(message).toLowerCase() === stop(title).toLowerCase();
}
