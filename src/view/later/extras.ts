/** Of the card: what an ordinary job has none of. A note, the reason in place of a button, the reference of a failure. */
import type { Extras } from "../card.js";
import { icon } from "../icons.js";
import { h, keyed, type Markup } from "../markup.js";
import type { JobView, NoteView } from "../view-types.js";
import type { Words } from "../words.js";

export function extras({ note, refusal, reference }: JobView, words: Words): Extras {
  const foot: Markup[] = [];
  if (refusal !== null) foot.push(keyed("refusal", h("p", { class: "wm-job-ref", role: "alert" }, refusal)));
  if (reference !== null) {
    const text = [`${words.say("reference")} `, h("code", {}, reference)];
    foot.push(keyed("reference", h("p", { class: "wm-job-ref" }, text)));
  }
  return { note: note === null ? null : noteOf(note), foot };
}

function noteOf({ tone, icon: shape, strong, text }: NoteView): Markup {
  const words = h("p", {}, [strong !== undefined && h("strong", {}, strong), strong === undefined ? text : ` ${text}`]);
  return keyed("note", h("div", { class: "wm-note", "data-tone": tone }, [icon(shape), words]));
}
