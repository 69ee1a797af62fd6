/** `instanceof` for what strangers threw: a Proxy may throw at the question. Never throws. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}
