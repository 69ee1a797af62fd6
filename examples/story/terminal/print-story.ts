/** Sets a story for a terminal: title, findings, the columns as aligned tables, notes. At most 80 columns wide. */
import type { ColumnFacts, DateFacts, NumberFacts, Story, WordFacts } from "../story.js";
import { capital, count, dateOf, figureOf, meanOf, percent } from "../words.js";
import { harmless, paint, type Screen, table, wrap } from "./text.js";

const WIDEST = 80;
const NARROWEST = 32;
const INDENT = "  ";
/** More columns than this make a table nobody reads; `--json` has them all. */
const MOST_ROWS = 40;

export function printStory(story: Story, terminal: Screen): string {
  const screen = { ...terminal, width: Math.max(NARROWEST, Math.min(WIDEST, terminal.width)) };
  const inner = { ...screen, width: screen.width - INDENT.length };
  const sections = [
    [...strong(story.title, screen), ...wrap(harmless(story.lede), screen.width)],
    ...story.findings.map((finding) => {
      const [first = "", ...rest] = strong(finding.title, inner);
      return [
        `${paint("◆", "again", screen)} ${first}`,
        ...indented([
          ...rest,
          ...wrap(harmless(finding.text), inner.width),
          ...wrap(harmless(finding.how), inner.width).map((line) => paint(line, "quiet", screen)),
        ]),
      ];
    }),
    ...columnTables(story, inner).map(({ title, lines }) => [...strong(title, screen), ...indented(lines)]),
    [
      ...strong("Worth knowing about this file", screen),
      ...indented(story.notes.flatMap((note) => wrap(harmless(note), inner.width))),
    ],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

const strong = (text: string, screen: Screen): string[] =>
  wrap(harmless(text), screen.width).map((line) => paint(line, "strong", screen));
const indented = (lines: readonly string[]): string[] => lines.map((line) => `${INDENT}${line}`);

function columnTables(story: Story, screen: Screen): { title: string; lines: string[] }[] {
  const ofType = (...types: ColumnFacts["type"][]) => story.columns.filter(({ type }) => types.includes(type));
  const empty = ({ missing }: ColumnFacts): string => (missing === 0 ? "–" : count(missing));
  const name = (column: ColumnFacts): string => harmless(column.name);
  const tables: { title: string; head: string[]; sides: ("<" | ">")[]; rows: string[][] }[] = [
    {
      title: "Numbers",
      head: ["Column", "Lowest", "Median", "Mean", "Highest", "Empty"],
      sides: ["<", ">", ">", ">", ">", ">"],
      rows: (ofType("number") as (ColumnFacts & NumberFacts)[]).map((column) => [
        name(column),
        figureOf(column, column.min),
        figureOf(column, column.median),
        column.mean === null ? "?" : meanOf(column, column.mean),
        figureOf(column, column.max),
        empty(column),
      ]),
    },
    {
      title: "Dates",
      head: ["Column", "First", "Last", "Step", "Empty"],
      sides: ["<", "<", "<", "<", ">"],
      rows: (ofType("date") as (ColumnFacts & DateFacts)[]).map((column) => [
        name(column),
        dateOf(column.precision, column.first),
        dateOf(column.precision, column.last),
        column.step ?? "–",
        empty(column),
      ]),
    },
    {
      title: "Words",
      head: ["Column", "Different", "Most frequent", "Rows", "Share", "Empty"],
      sides: ["<", ">", "<", ">", ">", ">"],
      rows: (ofType("category", "text", "boolean") as (ColumnFacts & WordFacts)[]).map((column) => {
        const [top] = column.top;
        const filled = story.rows - column.missing;
        const repeats = top !== undefined && top.count > 1;
        return [
          name(column),
          count(column.distinct),
          repeats ? harmless(top.value) : "all different",
          repeats ? count(top.count) : "–",
          repeats ? percent(top.count / filled) : "–",
          empty(column),
        ];
      }),
    },
  ];
  return tables
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, head, sides, rows }) => {
      const left = rows.length - MOST_ROWS;
      const lines = table([head, ...rows.slice(0, MOST_ROWS)], sides, screen);
      if (left > 0) lines.push(`and ${count(left)} more; --json lists them all`);
      return { title: capital(title), lines };
    });
}
