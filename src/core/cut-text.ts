/**
 * Text that every store, log and wire can take: no lone surrogates, no NUL, and no longer than a limit in bytes.
 * Never throws, whatever it is given.
 */

const encoder = new TextEncoder();

/** Up to this many UTF-16 units counting beats encoding, which has to copy the text. */
const SHORT = 1_024;

/** Bytes of `text` in UTF-8. A lone surrogate counts as the replacement character it would become: 3. */
export function utf8Bytes(text: string): number {
  if (text.length > SHORT) return encoder.encode(text).length;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else bytes += 3;
    // The second half of a pair: together they are 4 bytes.
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 1;
      i++;
    }
  }
  return bytes;
}

/** Lone surrogates become U+FFFD (replacement character), NUL becomes U+2400 (its visible symbol). */
export function cleanText(text: string): string {
  const visible = text.includes("\0") ? text.replaceAll("\0", "\u2400") : text;
  return visible.replace(/\p{Surrogate}/gu, "\uFFFD");
}

/**
 * `text`, cleaned, in at most `maxBytes` bytes of UTF-8. What is cut ends between two code points and with `marker`;
 * a limit too small for the marker drops the marker.
 */
export function cutText(text: string, maxBytes: number, marker = "… [cut]"): string {
  if (typeof text !== "string" || !(maxBytes > 0)) return "";
  // A UTF-16 unit takes 1 to 3 bytes: most texts are settled without counting, and a huge one is never read whole.
  if (text.length * 3 <= maxBytes) return cleanText(text);
  const limit = Math.floor(maxBytes);
  const whole = text.length <= limit;
  const clean = cleanText(whole ? text : text.slice(0, limit + 2));
  if (whole && utf8Bytes(clean) <= limit) return clean;

  const markerBytes = utf8Bytes(marker);
  const end = markerBytes <= limit ? marker : "";
  // encodeInto stops before a code point that does not fit.
  const { read } = encoder.encodeInto(clean, new Uint8Array(limit - (end === "" ? 0 : markerBytes)));
  return clean.slice(0, read) + end;
}
