/** The document is written by people; the parts between two marks are made from the results. */

/** @throws when the document lacks the marks of a part */
export function fillIn(document, parts) {
  let filled = document;
  for (const [name, text] of Object.entries(parts)) {
    const begin = `<!-- bench:${name} -->`;
    const end = `<!-- /bench:${name} -->`;
    const from = filled.indexOf(begin);
    const to = filled.indexOf(end);
    if (from < 0 || to < from) throw new Error(`the document has no part between ${begin} and ${end}`);
    filled = `${filled.slice(0, from + begin.length)}\n\n${text}\n\n${filled.slice(to)}`;
  }
  return filled;
}
