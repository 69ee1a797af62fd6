/** Refuses options that nobody reads: a misspelled one would else be a default in silence. */
import { WaymarkError } from "./errors.js";
import { nearest } from "./nearest.js";

/** Every name that options of this type may have; the compiler sees that none is missing and none too many. */
export type NamesOf<Options> = Readonly<Record<keyof Options, true>>;

/**
 * @param within  the option that these stand in, such as "retention"; told in the error
 * @throws {WaymarkError} `invalid_option` for what is no object, and for a name that is not known
 */
export function assertOptions(given: object, known: Readonly<Record<string, true>>, within?: string): void {
  if (typeof given !== "object" || given === null) throw refused(within ?? "options", "pass an object");
  for (const name in given) {
    if (Object.hasOwn(known, name)) continue;
    const near = nearest(name, Object.keys(known));
    const problem = near === null ? "there is none of that name" : `there is none of that name, but there is ${near}`;
    throw refused(within === undefined ? name : `${within}.${name}`, problem);
  }
}

function refused(option: string, problem: string): WaymarkError {
  return new WaymarkError("invalid_option", { option: option.slice(0, 128), problem });
}
