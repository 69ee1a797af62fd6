/**
 * Odd values that are stored, and what each comes back as.
 */
import { nested, type ZooEntry } from "./value-zoo-entry.js";

const same = (name: string, make: () => unknown): ZooEntry => ({ name, make, expect: { stored: make() } });
const becomes = (name: string, make: () => unknown, stored: unknown): ZooEntry => ({ name, make, expect: { stored } });

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  toJSON(): unknown {
    return { cents: this.cents, at: new Date(0), left: undefined };
  }
}

export const STORED_VALUES: readonly ZooEntry[] = [
  same("null", () => null),
  same("true", () => true),
  same("false", () => false),
  same("zero", () => 0),
  same("the largest safe integer", () => Number.MAX_SAFE_INTEGER),
  same("a number past the safe integers", () => 2 ** 60),
  same("the largest number", () => Number.MAX_VALUE),
  same("the smallest number", () => Number.MIN_VALUE),
  same("a negative fraction", () => -0.1),
  same("an empty text", () => ""),
  same("a text of spaces", () => "  \t\r\n "),
  same("NUL in a text", () => "a\0b"),
  same("every control character", () => String.fromCharCode(...Array.from({ length: 32 }, (_, i) => i), 127, 0x85)),
  same("line and paragraph separators", () => "\u2028\u2029"),
  same("text with characters outside the basic plane", () => "😀 𝒳 👩‍👩‍👧"),
  same("noncharacters and a byte order mark", () => "\uFEFF\uFFFE\uFFFF"),
  same("composed and decomposed letters, kept apart", () => ["é", "e\u0301"]),
  same("text from right to left", () => "שלום \u202E abc"),
  same("letters that look like an escaped surrogate", () => "\\ud83d and \\\\uD83D"),
  same("quotes, backslashes and SQL", () => `'; drop table jobs; -- " \\ $1 :name %s`),
  same("text that is JSON", () => '{"a":[1,null]}'),
  same("a text of 100,000 characters", () => "é".repeat(100_000)),
  same("an empty array", () => []),
  same("an empty object", () => ({})),
  same("nested nulls", () => [null, [null], { a: null }]),
  same("a row of 10,000 numbers", () => Array.from({ length: 10_000 }, (_, i) => i)),
  same("1,000 keys", () => Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`key ${i}`, i]))),
  same("keys in the order they were written", () => ({ b: 1, a: 2, B: 3, "": 4, " ": 5 })),
  same("keys with NUL, quotes and dots", () => ({ "a\0b": 1, 'a"b': 2, "a.b": 3, "a[0]": 4 })),
  same("the key __proto__ as data", () => JSON.parse('{"__proto__":{"admin":true},"a":1}')),
  same("the keys constructor, prototype and hasOwnProperty", () => ({
    constructor: { name: "x" },
    prototype: 1,
    hasOwnProperty: 2,
  })),
  same("the key toJSON with data", () => ({ toJSON: "not a function" })),
  same("the keys length and then", () => ({ length: 3, then: "soon" })),
  same("64 levels", () => nested(64)),
  becomes("negative zero as zero", () => [-0], [0]),
  becomes("undefined as null", () => undefined, null),
  becomes("an undefined property as nothing", () => ({ a: undefined, b: 1 }), { b: 1 }),
  becomes("a Date as ISO text", () => ({ at: new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)) }), {
    at: "2026-01-02T03:04:05.006Z",
  }),
  becomes("a Date before the year 0", () => new Date(-1e14), "-001199-02-15T14:13:20.000Z"),
  becomes("what toJSON returns", () => ({ price: new Money(995) }), {
    price: { cents: 995, at: "1970-01-01T00:00:00.000Z" },
  }),
  becomes("a toJSON that returns undefined as nothing", () => ({ a: { toJSON: () => undefined }, b: 1 }), { b: 1 }),
  becomes("a URL as text", () => new URL("https://example.com/a?b=c"), "https://example.com/a?b=c"),
  becomes("an object without a prototype", () => Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }),
  becomes("the same object twice", () => {
    const twice = { a: 1 };
    return [twice, twice];
  }, [{ a: 1 }, { a: 1 }]),
  becomes(
    "what a getter returns",
    () => ({
      get a() {
        return 1;
      },
    }),
    { a: 1 },
  ),
  becomes("an object without its symbol keys", () => ({ [Symbol("s")]: 1, a: 2 }), { a: 2 }),
  becomes("an object without its hidden properties", () => Object.defineProperty({ a: 1 }, "b", { value: 2 }), {
    a: 1,
  }),
  becomes("an array without its further properties", () => Object.assign([1, 2], { extra: 3 }), [1, 2]),
  becomes("a frozen object", () => Object.freeze({ a: Object.freeze([1]) }), { a: [1] }),
  becomes("a proxy of plain data", () => new Proxy({ a: [1] }, {}), { a: [1] }),
];
