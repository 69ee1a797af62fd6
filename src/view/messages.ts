/**
 * Every word the component says, by key. Other languages and single replacements have the same keys; names in braces are
 * filled in. A text that counts has one form for each plural category its language needs.
 */
import { FIRST_TEXTS } from "./first-texts.js";
import { LATER_TEXTS } from "./later/texts.js";

export type Message = string | { readonly [category in Intl.LDMLPluralRule]?: string };
export type MessageKey = keyof typeof FIRST_TEXTS | keyof typeof LATER_TEXTS;
export type Messages = Readonly<Record<MessageKey, Message>>;

/** English. */
export const en: Messages = { ...FIRST_TEXTS, ...LATER_TEXTS };
