/**
 * Takes secrets and personal data out of what is about to be stored or logged (SECURITY P4): by the name of a key, by
 * patterns in texts (secret-patterns.ts), and by a hook of the user's. Never throws; rather too much than too little.
 */
import { assertOptions, type NamesOf } from "./options.js";
import { type PlainOptions, toPlain } from "./plain.js";
import { REDACTED, redactText } from "./secret-patterns.js";

export { REDACTED };

/**
 * Sees every value before the patterns do, with its path (`$.user.name`; "$" is the whole value), and answers what to
 * keep of it: the value itself to leave it alone. A hook that throws makes it "[redacted]".
 */
export type RedactHook = (path: string, value: unknown) => unknown;

export interface RedactOptions {
  /** Names of further keys to redact. Case, "_" and "-" make no difference. */
  readonly keys?: readonly string[];
  readonly hook?: RedactHook;
}

const NAMES: NamesOf<RedactOptions> = { keys: true, hook: true };

export interface Redactor {
  /** The text with its secrets replaced by "[redacted]". What is past 64 K characters is cut off: nothing stores so much. */
  text(text: string): string;
  /**
   * The value as plain data (see plain.ts) with its secrets replaced by "[redacted]".
   *
   * @param maxBytes  limit of its JSON text; default none
   */
  value(value: unknown, maxBytes?: number): unknown;
}

/** Keys are compared without case and separators. A key is redacted when it contains one of these … */
const CONTAINS =
  /passw|passphrase|secret|apikey|authorization|cookie|privatekey|accesskey|signingkey|encryptionkey|credential|creditcard|cardnumber|connectionstring/;
/** … ends with one of these … */
const ENDS = /(?:token|jwt)$/;
/** … or is one of these. */
const IS = new Set(["pwd", "pass", "pin", "cvv", "cvc", "ssn", "auth", "bearer", "otp", "sid", "sessionid", "pan"]);

/** Characters of a text that are looked at; the rest is cut off. */
const LONGEST_TEXT = 65_536;
/** A longer key is judged by its beginning. */
const LONGEST_KEY = 128;
/** Keys repeat: what was decided is remembered, up to this many. */
const MOST_REMEMBERED = 1_000;

export function createRedactor(options: RedactOptions = {}): Redactor {
  assertOptions(options, NAMES, "redact");
  const { hook } = options;
  const more = new Set((options.keys ?? []).map(bare));
  const decided = new Map<string, boolean>();

  const isSecretKey = (key: string): boolean => {
    if (key.length > LONGEST_KEY) return judge(key.slice(0, LONGEST_KEY));
    const known = decided.get(key);
    if (known !== undefined) return known;
    const secret = judge(key);
    if (decided.size < MOST_REMEMBERED) decided.set(key, secret);
    return secret;
  };
  const judge = (key: string): boolean => {
    const name = bare(key);
    return CONTAINS.test(name) || ENDS.test(name) || IS.has(name) || more.has(name);
  };
  const asked = (path: string, value: unknown): unknown => {
    try {
      return hook === undefined ? value : hook(path, value);
    } catch {
      return REDACTED;
    }
  };
  const replace: PlainOptions["replace"] = (value, key, path) => {
    if (key !== null && value !== null && value !== undefined && isSecretKey(key)) return REDACTED;
    return hook === undefined ? value : asked(path(), value);
  };

  return {
    text: (text) => {
      const kept = asked("$", text);
      if (typeof kept !== "string") return REDACTED;
      return redactText(kept.length > LONGEST_TEXT ? `${kept.slice(0, LONGEST_TEXT)}… [cut]` : kept);
    },
    value: (value, maxBytes = Number.POSITIVE_INFINITY) => toPlain(value, { maxBytes, text: redactText, replace }),
  };
}

function bare(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, "");
}
