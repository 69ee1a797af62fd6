/**
 * A row that PostgreSQL wrote as one text: `(a,,"b ""c""")`. Of a row with forty values, most of them null, that is a fraction
 * of what forty columns cost both sides. Nulls are empty, and what is empty, or has a character of the notation in it, is
 * quoted: quotes and backslashes are doubled within.
 */

/** @returns null where the value is null */
export function valuesOf(row: string): (string | null)[] {
  const inner = row.slice(1, -1);
  if (!inner.includes('"')) return inner.split(",").map(valueOf);
  const values: (string | null)[] = [];
  for (let at = 0; at <= inner.length; at++) {
    const end = endOf(inner, at);
    values.push(inner[at] === '"' ? unquoted(inner.slice(at + 1, end - 1)) : valueOf(inner.slice(at, end)));
    at = end;
  }
  return values;
}

const valueOf = (text: string): string | null => (text === "" ? null : text);

/** Where the value that begins `at` ends. */
function endOf(inner: string, at: number): number {
  let from = at;
  if (inner[at] === '"') {
    // A doubled quote is none that ends.
    for (from = at + 1; ; from++) {
      from = inner.indexOf('"', from);
      if (inner[from + 1] !== '"') break;
      from++;
    }
  }
  const end = inner.indexOf(",", from);
  return end < 0 ? inner.length : end;
}

function unquoted(text: string): string {
  return text.replaceAll('""', '"').replaceAll("\\\\", "\\");
}
