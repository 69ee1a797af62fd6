/**
 * Columns of a batch as PostgreSQL array literals. Text, so that any client may carry them: `unnest($1::text[], …)` turns
 * them back into rows. A column without any value is sent empty, since `unnest` pads the shorter columns with nulls.
 */

/** A column of texts; the cast in the statement decides the type. */
export function texts<T>(items: readonly T[], pick: (item: T) => string | null | undefined): string {
  let some = false;
  const parts = items.map((item) => {
    const text = pick(item);
    if (text === null || text === undefined) return "NULL";
    some = true;
    return `"${text.includes('"') || text.includes("\\") ? text.replace(/["\\]/g, "\\$&") : text}"`;
  });
  return some ? `{${parts.join(",")}}` : "{}";
}

/** A column of plain words: numbers, booleans and uuids, which need no quotes. */
export function plain<T>(items: readonly T[], pick: (item: T) => number | boolean | string | null | undefined): string {
  let some = false;
  const parts = items.map((item) => {
    const value = pick(item);
    if (value === null || value === undefined) return "NULL";
    some = true;
    return String(value);
  });
  return some ? `{${parts.join(",")}}` : "{}";
}
