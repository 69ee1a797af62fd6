/** How cells are understood, what counts as a finding, and what a terminal is given. */
import { describe, expect, it } from "vitest";
import { typeColumn } from "../../examples/story/columns/column-types.js";
import { describeColumn } from "../../examples/story/columns/describe.js";
import { correlate, SAMPLE_ROWS, sampleOfRows } from "../../examples/story/discover/correlate.js";
import { discover } from "../../examples/story/discover/discover.js";
import { measurements } from "../../examples/story/discover/measurements.js";
import { figureOf, list, percent } from "../../examples/story/words.js";

const column = (cells: readonly string[], name = "x") => typeColumn({ name, cells });
const facts = (cells: readonly string[], name = "x") => describeColumn(column(cells, name));
const numbers = (name: string, values: readonly number[]) => column(values.map(String), name);
const nothing = async (): Promise<void> => {};

describe("what a column holds", () => {
  it.each([
    ["numbers", ["1", "2.5", "-3", "1e3"], { type: "number", min: -3, max: 1000 }],
    ["thousands apart", ["1,234.5", "12"], { type: "number", min: 12, max: 1234.5 }],
    ["decimal commas", ["1,5", "2,25", "10"], { type: "number", min: 1.5, max: 10 }],
    ["money", ["$12.50", "$3", "-$1"], { type: "number", unit: "$", min: -1, max: 12.5 }],
    ["percent", ["40%", "12.5 %"], { type: "number", unit: "%", min: 12.5, max: 40 }],
    ["numbers with gaps", ["1", "", "NA", "3"], { type: "number", missing: 2, median: 2 }],
    ["codes with leading zeros", ["00501", "10001"], { type: "text" }],
    ["numbers too large to be any", ["1e999", "1e999"], { type: "text" }],
    ["days", ["2012-01-31", "2012-02-01"], { type: "date", precision: "day", first: "2012-01-31T00:00:00.000Z" }],
    ["times", ["2012-01-31T18:30:00", "2012-02-01 06:00"], { type: "date", precision: "time" }],
    ["times with a zone", ["2012-01-31T18:30:00+02:00", "2012-02-01T00:00Z"], { first: "2012-01-31T16:30:00.000Z" }],
    ["named months", ["Jan 1 2000", "Feb 1 2000"], { type: "date", last: "2000-02-01T00:00:00.000Z" }],
    ["day before month, where only that fits", ["31/01/2012", "01/02/2012"], { last: "2012-02-01T00:00:00.000Z" }],
    ["month before day, where only that fits", ["01/31/2012", "02/01/2012"], { last: "2012-02-01T00:00:00.000Z" }],
    ["days that do not exist", ["2012-02-30", "2012-13-01"], { type: "text" }],
    ["yes and no", ["yes", "No", "yes"], { type: "boolean", distinct: 2 }],
    ["few values again and again", ["a", "b", "a", "a", "b", "b"], { type: "category", distinct: 2 }],
    ["many values", ["Ada", "Bo", "Cy"], { type: "text", distinct: 3 }],
    ["Namibia, which is no gap among words", ["NA", "DE", "NA"], { type: "text", missing: 0 }],
    ["nothing", ["", "NA", ""], { type: "empty", missing: 3 }],
  ])("%s", (_, cells, expected) => {
    expect(facts(cells)).toMatchObject(expected);
  });

  it("a year is a date only where the column is called so", () => {
    expect(facts(["1999", "2000"], "Year")).toMatchObject({ type: "date", precision: "year" });
    expect(facts(["1999", "2000"], "price")).toMatchObject({ type: "number" });
  });

  it("one cell in twenty may be odd and is counted; more make it text", () => {
    const cells = Array.from({ length: 19 }, (_, i) => String(i));
    expect(facts([...cells, "n/k"])).toMatchObject({ type: "number", unreadable: 1, missing: 0 });
    expect(facts([...cells, "n/k", "n/k"])).toMatchObject({ type: "text" });
  });

  it("dates that can be read two ways say so", () => {
    expect(column(["03/04/2015", "05/06/2015"])).toMatchObject({ type: "date", ambiguous: true });
    expect(column(["03/04/2015", "25/06/2015"])).toMatchObject({ type: "date", ambiguous: false });
  });

  it("numbers whose sum overflows have no mean rather than a wrong one", () => {
    expect(facts(["1e308", "1.5e308", "1.7e308"])).toMatchObject({ mean: null, spread: null, max: 1.7e308 });
  });
});

describe("what stands out", () => {
  const many = Array.from({ length: 40 }, (_, i) => i);

  it("noise tells no finding", async () => {
    // mulberry32: a small generator whose numbers are not tied to each other.
    const noise = (seed: number) =>
      many.map(() => {
        seed = (seed + 0x6d2b79f5) | 0;
        let bits = Math.imul(seed ^ (seed >>> 15), seed | 1);
        bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
        return 1_000 + ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
      });
    const columns = [numbers("a", noise(1)), numbers("b", noise(77)), numbers("c", noise(991))];
    expect(await discover(columns, nothing)).toEqual({ discoveries: [], twins: [] });
  });

  it("constants, counters, ids and places make no findings", () => {
    const columns = [
      numbers(
        "constant",
        many.map(() => 7),
      ),
      numbers("n", many),
      numbers(
        "customer id",
        many.map((i) => i * i),
      ),
      numbers(
        "latitude",
        many.map((i) => i * 3),
      ),
      numbers(
        "height",
        many.map((i) => i * 5),
      ),
    ];
    expect(measurements(columns).map(({ name }) => name)).toEqual(["height"]);
  });

  it("few rows need a stronger tie than many", () => {
    const wobble = (i: number): number => i + (i % 2 === 0 ? 5 : -5);
    const tie = (n: number) => {
      const rows = many.slice(0, n);
      return correlate(
        measurements([
          numbers(
            "a",
            rows.map((i) => i * 2),
          ),
          numbers("b", rows.map(wobble)),
        ]),
        null,
      ).strongest;
    };
    expect(tie(12)).toBeNull();
    expect(tie(40)).toMatchObject({ a: { name: "a" }, b: { name: "b" }, rows: 40, sampled: false });
  });

  it("a large table is sampled to a bound, evenly, and the same each time", () => {
    const rows = sampleOfRows(1_000_000);
    expect(rows.length).toBeLessThanOrEqual(SAMPLE_ROWS);
    expect(rows).toEqual(sampleOfRows(1_000_000));
    expect(rows.every((row, i) => Math.floor(row / 50) === i)).toBe(true);
    expect(new Set(rows.map((row) => row % 7)).size).toBe(7);
    expect(sampleOfRows(3)).toEqual([0, 1, 2]);
  });
});

describe("words", () => {
  it("figures are as exact as the file, with units and a real minus sign", () => {
    expect(figureOf({ unit: null, decimals: 1 }, -3)).toBe("−3.0");
    expect(figureOf({ unit: "$", decimals: 2 }, -1234.5)).toBe("−$1,235");
    expect(figureOf({ unit: "%", decimals: 0 }, 40)).toBe("40%");
    expect(figureOf({ unit: null, decimals: 8 }, 0.00041234)).toBe("0.000412");
  });

  it("what is not quite all or nothing never reads as 100% or 0%", () => {
    expect([0, 0.0001, 0.5, 0.9999, 1].map(percent)).toEqual(["0%", "<1%", "50%", ">99%", "100%"]);
  });

  it("long lists are counted, not recited", () => {
    expect(list(["a"])).toBe("a");
    expect(list(["a", "b", "c"])).toBe("a, b and c");
    expect(list(["a", "b", "c", "d", "e"], 3)).toBe("a, b and 3 more");
  });
});
