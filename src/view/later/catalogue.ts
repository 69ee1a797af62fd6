/** The language of an element: English comes along, each other one is loaded when an element first speaks it. */
import type { Messages } from "../messages.js";

const LOAD: Readonly<Record<string, () => Promise<Messages>>> = {
  es: async () => (await import("../es.js")).es,
};
const loaded = new Map<string, Partial<Messages>>();

/**
 * @param name  of a language, two letters
 * @param then  called once the catalogue is here, when it was not
 * @returns null while it is on its way; nothing, which is English, when it could not be had or there is none
 */
export function catalogueOf(name: string, then: () => void): Partial<Messages> | null {
  const load = Object.hasOwn(LOAD, name) ? LOAD[name] : undefined;
  if (load === undefined) return {};
  const known = loaded.get(name);
  if (known !== undefined) return known;
  void load()
    .catch(() => ({}))
    .then((messages) => {
      loaded.set(name, messages);
      then();
    });
  return null;
}
