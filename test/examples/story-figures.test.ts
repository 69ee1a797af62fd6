/** The figures of real data sets, held against arithmetic that shares no code with the story. */
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { makeStory, type Report } from "../../examples/story/make-story.js";
import type { Finding, Story } from "../../examples/story/story.js";
import { storySchema } from "../../examples/story/story-schema.js";

const DATA = "node_modules/vega-datasets/data/";
const silent: Report = { stage: async () => {}, progress: async () => {} };
const storyOf = (name: string): Promise<Story> => makeStory(`${DATA}${name}`, silent);

/** These files have no quotes: splitting is enough, and is another way than the story's. */
async function plainRows(name: string): Promise<Record<string, string>[]> {
  const [head = "", ...lines] = (await readFile(`${DATA}${name}`, "utf8")).trim().split(/\r?\n/);
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i], cell])));
}
const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
function column(story: Story, name: string): Story["columns"][number] {
  const found = story.columns.find((each) => each.name === name);
  if (!found) throw new Error(`no column ${name}`);
  return found;
}
function finding(story: Story, kind: Finding["kind"]): Finding {
  const found = story.findings.find((each) => each.kind === kind);
  if (!found) throw new Error(`no finding ${kind}`);
  return found;
}

describe("seattle-weather.csv", () => {
  let story: Story;
  let rows: Record<string, string>[];
  beforeAll(async () => {
    story = await storyOf("seattle-weather.csv");
    rows = await plainRows("seattle-weather.csv");
  });

  it("has 1,461 rows in six columns, none missing", () => {
    expect(story.rows).toBe(1_461);
    expect(story.columns.map(({ name, type, missing }) => [name, type, missing])).toEqual([
      ["date", "date", 0],
      ["precipitation", "number", 0],
      ["temp_max", "number", 0],
      ["temp_min", "number", 0],
      ["wind", "number", 0],
      ["weather", "category", 0],
    ]);
  });

  it("is daily from 2012 to 2015 without a gap", () => {
    expect(column(story, "date")).toMatchObject({
      first: "2012-01-01T00:00:00.000Z",
      last: "2015-12-31T00:00:00.000Z",
      step: "day",
      gaps: 0,
      precision: "day",
    });
  });

  it.each(["precipitation", "temp_max", "temp_min", "wind"])(
    "%s: least, largest, mean and median are right",
    (name) => {
      const values = rows.map((row) => Number(row[name])).toSorted((a, b) => a - b);
      const facts = column(story, name);
      expect(facts).toMatchObject({ min: values[0], max: values[1_460], median: values[730] });
      if (facts.type !== "number") throw new Error("not a number");
      expect(facts.mean).toBeCloseTo(average(values), 10);
      expect(facts.zeros).toBe(values.filter((value) => value === 0).length);
    },
  );

  it("counts its labels: rain 641, sun 640, fog 101, drizzle 53, snow 26", () => {
    expect(column(story, "weather")).toMatchObject({
      distinct: 5,
      top: [
        { value: "rain", count: 641 },
        { value: "sun", count: 640 },
        { value: "fog", count: 101 },
        { value: "drizzle", count: 53 },
        { value: "snow", count: 26 },
      ],
    });
  });

  it("finds the seasons, with the means of the months", () => {
    const inMonth = (month: string): string =>
      average(rows.filter((row) => row["date"]?.slice(5, 7) === month).map((row) => Number(row["temp_max"]))).toFixed(
        1,
      );
    expect(finding(story, "season").text).toBe(
      `It is highest in August, ${inMonth("08")} on average, and lowest in December with ${inMonth("12")}. temp_min goes with the months too.`,
    );
  });

  it("finds that a tenth of the days brings 65% of the rain", () => {
    const rain = rows.map((row) => Number(row["precipitation"])).toSorted((a, b) => b - a);
    const share = rain.slice(0, 146).reduce((a, b) => a + b, 0) / rain.reduce((a, b) => a + b, 0);
    expect(Math.round(share * 100)).toBe(65);
    expect(finding(story, "concentration").text).toBe(
      "The 146 rows with the largest values make up 65% of the whole sum. More than half of the rows, 838, have none.",
    );
  });

  it("finds that highs and lows move together, by Pearson's formula, and claims no cause", () => {
    const [x, y] = ["temp_max", "temp_min"].map((name) => rows.map((row) => Number(row[name])));
    if (!x || !y) throw new Error("no columns");
    const [mx, my] = [average(x), average(y)];
    const sum = (of: (i: number) => number): number => x.reduce((total, _, i) => total + of(i), 0);
    const r =
      sum((i) => ((x[i] ?? 0) - mx) * ((y[i] ?? 0) - my)) /
      Math.sqrt(sum((i) => ((x[i] ?? 0) - mx) ** 2) * sum((i) => ((y[i] ?? 0) - my) ** 2));
    expect(finding(story, "together").text).toBe(
      `They move with each other closely (correlation ${r.toFixed(2)}). That does not say that one causes the other.`,
    );
  });

  it("tells the warming of four years last, and that they are too few for a trend", () => {
    expect(story.findings.at(-1)?.kind).toBe("trend");
    const inYear = (year: string): string =>
      average(rows.filter((row) => row["date"]?.startsWith(year)).map((row) => Number(row["temp_max"]))).toFixed(1);
    expect(finding(story, "trend").text).toBe(
      `The mean of temp_max rose from ${inYear("2012")} in 2012 to ${inYear("2015")} in 2015. Four years are too few to speak of a trend.`,
    );
  });

  it("draws a histogram that holds every row", () => {
    const { chart } = column(story, "temp_max");
    if (chart?.type !== "bars") throw new Error("no bars");
    expect(chart.values.reduce((a, b) => a + b, 0)).toBe(1_461);
    expect(chart.labels).toHaveLength(chart.values.length);
  });
});

describe("other real files", () => {
  it("global-temp.csv: a year is a date, and the warming since 1880 is a trend", async () => {
    const story = await storyOf("global-temp.csv");
    expect(story.rows).toBe(144);
    expect(column(story, "year")).toMatchObject({ type: "date", precision: "year", step: "year", gaps: 0 });
    expect(finding(story, "trend").text).toBe("The mean of temp rose from −0.17 in 1880 to 1.17 in 2023.");
  });

  it("stocks.csv: prices differ by symbol; a share that joins later makes no trend", async () => {
    const story = await storyOf("stocks.csv");
    const rows = await plainRows("stocks.csv");
    const mean = (symbol: string): number =>
      average(rows.filter((row) => row["symbol"] === symbol).map((row) => Number(row["price"])));
    expect(story.rows).toBe(560);
    expect(finding(story, "groups").text).toContain(`highest for GOOG, ${mean("GOOG").toFixed(1)} on average`);
    expect(finding(story, "groups").text).toContain(`lowest for MSFT with ${mean("MSFT").toFixed(2)}`);
    expect(story.findings.map(({ kind }) => kind)).not.toContain("trend");
  });

  it("co2-concentration.csv: seasons are told apart from the rise they ride on", async () => {
    const story = await storyOf("co2-concentration.csv");
    expect(finding(story, "season").text).toMatch(
      /^It is highest in May, .* above the level of the year, and lowest in October/,
    );
    expect(finding(story, "trend").title).toMatch(/CO2 rises/);
  });

  it("sp500-2000.csv: near-identities are noted, not sold as a finding", async () => {
    const story = await storyOf("sp500-2000.csv");
    expect(story.findings.map(({ kind }) => kind)).not.toContain("together");
    expect(story.notes.join(" ")).toContain("practically the same figures: open with high");
  });

  it("zipcodes.csv: codes keep their zeros, and nothing stands out", async () => {
    const story = await storyOf("zipcodes.csv");
    expect(column(story, "zip_code")).toMatchObject({ type: "text", distinct: 42_049 });
    expect(story).toMatchObject({ rows: 42_049, title: "No finding stands out", findings: [] });
    expect(story.lede).toContain("Nothing in it is strong enough");
  });

  it("birdstrikes.csv: quoted cells and 2,836 missing speeds", async () => {
    const story = await storyOf("birdstrikes.csv");
    expect(story.rows).toBe(10_000);
    expect(column(story, "Speed IAS in knots")).toMatchObject({ type: "number", missing: 2_836 });
    expect(story.notes).toContain("Empty cells: 2,836 in Speed IAS in knots.");
  });

  it.each(["seattle-weather.csv", "birdstrikes.csv", "us-employment.csv", "zipcodes.csv"])(
    "%s: told twice it is the same story, plain JSON, and small enough for a result",
    async (name) => {
      const [first, second] = [await storyOf(name), await storyOf(name)];
      expect(second).toEqual(first);
      expect(JSON.parse(JSON.stringify(first))).toEqual(first);
      expect(storySchema.parse(first)).toEqual(first);
      expect(JSON.stringify(first).length).toBeLessThan(100_000);
    },
  );
});

describe("stages", () => {
  it("E9 goes through the four stages in order, and each tells how far it is", async () => {
    const heard: string[] = [];
    await makeStory(`${DATA}seattle-weather.csv`, {
      stage: async (name) => void heard.push(name),
      progress: async (done, total) => {
        expect(done).toBeGreaterThanOrEqual(0);
        expect(done).toBeLessThanOrEqual(total);
        if (heard.at(-1) !== "…") heard.push("…");
      },
    });
    expect(heard).toEqual(["uploading", "…", "analyzing", "…", "generating", "visualizing", "…"]);
  });

  it.each(["analyzing", "visualizing"] as const)("stops while %s when its signal aborts", async (stage) => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const story = makeStory(`${DATA}birdstrikes.csv`, {
      stage: async (name) => void (name === stage && stop.abort(reason)),
      progress: async () => {},
      signal: stop.signal,
    });
    await expect(story).rejects.toBe(reason);
  });
});
