/** Instants in words, in the reader's language and time zone. Instants are epoch ms. */
import type { Words } from "../words.js";

const DAY = 86_400_000;

/** "14:31" */
export function timeOfDay(words: Words, at: number): string {
  return words.date(at, { hour: "2-digit", minute: "2-digit" });
}

/** "3 October" */
export function dayOf(words: Words, at: number): string {
  return words.date(at, { day: "numeric", month: "long" });
}

export function hourOf(words: Words, at: number): number {
  return Number(words.date(at, { hour: "numeric" }, "en-GB"));
}

/** "today at 14:31". Without `now`, as on a server, the date is said. */
export function when(words: Words, at: number, now: number | null): string {
  const days = now === null ? null : daysFrom(words, now, at);
  const key =
    days === 0 ? "at.today" : days === 1 ? "at.tomorrow" : days === -1 ? "at.yesterday" : ("at.date" as const);
  return words.say(key, { time: timeOfDay(words, at), date: dayOf(words, at) });
}

/** "14:00", with its day unless that is today. */
export function until(words: Words, at: number, now: number | null): string {
  const time = timeOfDay(words, at);
  return now !== null && daysFrom(words, now, at) === 0 ? time : `${dayOf(words, at)}, ${time}`;
}

/** Calendar days from `now` to `at`. */
export function daysFrom(words: Words, now: number, at: number): number {
  const day = (instant: number): number => Date.parse(words.date(instant, { dateStyle: "short" }, "en-CA"));
  return Math.round((day(at) - day(now)) / DAY);
}

/** "three", or "12" when the language has no short word for it. */
export function count(words: Words, n: number): string {
  return words.say("numbers").split(" ")[n] ?? words.number(n);
}
