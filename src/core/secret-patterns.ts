/**
 * What secrets and personal data look like inside a text. Every pattern has bounded repeats or consumes what it has
 * matched, so that a hostile text costs time in proportion to its length (SECURITY L4).
 */

export const REDACTED = "[redacted]";

interface Pattern {
  readonly find: RegExp;
  readonly by: string;
  /** A text without it need not be searched. */
  readonly needs?: string;
}

const SECRET_WORDS =
  "passwords?|passwd|passphrase|pwd|secret|client[_-]?secret|api[_-]?keys?|access[_-]?keys?|access[_-]?token|refresh[_-]?token|id[_-]?token|auth[_-]?token|session[_-]?id";

/** In this order: the larger shapes first, so that a smaller one does not take a part out of them. */
const PATTERNS: readonly Pattern[] = [
  // A block without its end (a text that was cut) goes to the end of the text.
  {
    find: /-----BEGIN [A-Z0-9 ]{1,64}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,64}-----|$)/g,
    by: REDACTED,
    needs: "-----BEGIN ",
  },
  // User and password in an address: postgres://user:password@host
  { find: /:\/\/[^\s/@]{0,256}@/g, by: `://${REDACTED}@`, needs: "://" },
  // Headers, in any spelling: Authorization: Basic …, "cookie": "…"
  {
    find: /\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s{0,4}[:=]\s{0,4}["']?)[^\r\n"']{1,8192}/gi,
    by: `$1$2${REDACTED}`,
  },
  { find: /\b(bearer)\s{1,4}[\w.~+/=-]{8,}/gi, by: `$1 ${REDACTED}` },
  // JSON Web Tokens: three parts of base64url, the first the JSON of an object. Also when cut short.
  { find: /eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, by: REDACTED, needs: "eyJ" },
  // password=…, "apiKey": "…", ?token=…
  {
    find: new RegExp(
      `\\b(${SECRET_WORDS})(["']?\\s{0,4}[:=]\\s{0,4})("[^"\\r\\n]*"?|'[^'\\r\\n]*'?|[^\\s"',;&]+)`,
      "gi",
    ),
    by: `$1$2${REDACTED}`,
  },
  {
    find: /\b(token)(["']\s{0,4}:\s{0,4}["']?|\s{0,4}=\s{0,4}["']?)[^\s"',;&]+/gi,
    by: `$1$2${REDACTED}`,
  },
  // AWS, Google, GitHub, GitLab, Slack, Stripe, npm, webhook secrets, and the "sk-" keys of several services.
  {
    find: /\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{35}|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}|npm_[A-Za-z0-9]{36}|sk-[\w-]{20,})/g,
    by: REDACTED,
  },
];

/** Card numbers: 13 (Visa only) to 19 digits, perhaps in groups, with a valid check digit. */
const CARD_LIKE = /(?<![\w.]|\d-)[2-6](?:[ -]?\d){12,18}/g;

/** The text with everything that looks like a secret replaced by "[redacted]". */
export function redactText(text: string): string {
  let kept = text;
  for (const { find, by, needs } of PATTERNS) {
    if (needs !== undefined && !kept.includes(needs)) continue;
    kept = kept.replace(find, by);
  }
  kept = kept.replace(CARD_LIKE, hideCard);
  return kept.includes("@") ? redactMail(kept) : kept;
}

const MAIL_LETTER = /[^\s@<>()[\]{}",;:\\/=&]/;
const MAIL_HOST = /[^\s@<>()[\]{}",;:\\/=&.]{1,63}(?:\.[^\s@<>()[\]{}",;:\\/=&.]{1,63}){1,8}/y;

/** E-mail addresses, found from their "@": a pattern that begins with a name would try every place of a long word. */
function redactMail(text: string): string {
  let kept = "";
  let from = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", Math.max(from, at + 1))) {
    let start = at;
    while (start > from && at - start < 64 && MAIL_LETTER.test(text.charAt(start - 1))) start--;
    MAIL_HOST.lastIndex = at + 1;
    if (start === at || !MAIL_HOST.test(text)) continue;
    kept += text.slice(from, start) + REDACTED;
    from = MAIL_HOST.lastIndex;
  }
  return kept + text.slice(from);
}

/** Hides the longest card number at the start of `match`; another number may follow it ("4111… 12/27"). */
function hideCard(match: string, offset: number, whole: string): string {
  for (let end = match.length; end >= 13; end--) {
    if (/[ -]/.test(match.charAt(end - 1)) || /\w/.test(whole.charAt(offset + end))) continue;
    if (isCardNumber(match.slice(0, end).replace(/[ -]/g, ""))) return REDACTED + match.slice(end);
  }
  return match;
}

/** Whether the digits are as many as a card has, and pass the Luhn check. */
function isCardNumber(digits: string): boolean {
  if (digits.length < 14 && !(digits.length === 13 && digits.startsWith("4"))) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
