/**
 * From a file to its story, in the four stages a user watches. Knows nothing of jobs: it tells a `report` where it is,
 * so that a test, a script or a page's server can run it as well.
 */
import { setImmediate as turn } from "node:timers/promises";
import { chartOf, chartOfColumn } from "./charts.js";
import { type TypedColumn, typeColumn } from "./columns/column-types.js";
import { describeColumn } from "./columns/describe.js";
import { type Discoveries, discover } from "./discover/discover.js";
import { notesOn } from "./notes.js";
import type { ColumnFacts, DateFacts, Story } from "./story.js";
import { readTable } from "./table/read-table.js";
import type { Table } from "./table/table.js";
import { NOTHING_STANDS_OUT, tell } from "./tell.js";
import { capital, dateOf, inLetters, plural } from "./words.js";

export type StoryStage = "uploading" | "analyzing" | "generating" | "visualizing";

export interface Report {
  stage(name: StoryStage): Promise<void>;
  /** How far the current stage is; may be called as often as one likes. */
  progress(done: number, total: number, message?: string): Promise<void>;
  readonly signal?: AbortSignal;
}

/**
 * @throws {JobError} when the file cannot be told; codes in table/refuse.ts
 * @throws the signal's reason, when it aborts
 */
export async function makeStory(path: string, report: Report): Promise<Story> {
  const { signal } = report;
  await report.stage("uploading");
  const table = await readTable(path, {
    ...(signal ? { signal } : {}),
    onRead: (done, total) => report.progress(done, total),
  });

  await report.stage("analyzing");
  const { columns, facts, discoveries, twins } = await analyze(table, report);

  await report.stage("generating");
  const findings = discoveries.map((discovery) => ({ kind: discovery.kind, ...tell(discovery) }));
  const notes = notesOn(table, columns, facts, twins);

  await report.stage("visualizing");
  const drawn: ColumnFacts[] = [];
  for (const [i, column] of columns.entries()) {
    await pause(signal);
    const fact = facts[i];
    if (fact) drawn.push({ ...fact, chart: chartOfColumn(column) });
    await report.progress(i + 1, columns.length);
  }
  return {
    title: findings[0]?.title ?? NOTHING_STANDS_OUT,
    lede: lede(table, facts, findings.length),
    file: { name: table.file.name, bytes: table.file.bytes },
    rows: table.rows,
    columns: drawn,
    findings: findings.map((finding, i) => {
      const discovery = discoveries[i];
      return { ...finding, chart: discovery ? chartOf(discovery) : null };
    }),
    notes,
  };
}

interface Analysis extends Discoveries {
  readonly columns: readonly TypedColumn[];
  readonly facts: readonly ColumnFacts[];
}

/** Columns first, then what ties them; a step for each column and each search. */
async function analyze(table: Table, report: Report): Promise<Analysis> {
  const columns: TypedColumn[] = [];
  const facts: ColumnFacts[] = [];
  const { signal } = report;
  const searches = 6;
  const total = table.columns.length + searches;
  await report.progress(0, total);
  for (const text of table.columns) {
    await pause(signal);
    const column = typeColumn(text);
    columns.push(column);
    facts.push(describeColumn(column));
    await report.progress(columns.length, total, `Column ${columns.length} of ${table.columns.length}`);
  }
  const found = await discover(columns, async (done, of) => {
    await report.progress(table.columns.length + (searches * done) / of, total, "Looking for what stands out");
    await pause(signal);
  });
  return { columns, facts, ...found };
}

/** Lets everybody else in the process have a turn, and leaves when told to. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await turn();
  signal?.throwIfAborted();
}

function lede(table: Table, facts: readonly ColumnFacts[], findings: number): string {
  const date = facts.find(
    (column): column is ColumnFacts & DateFacts => column.type === "date" && column.distinct >= 3,
  );
  const span = date ? `, from ${dateOf(date.precision, date.first)} to ${dateOf(date.precision, date.last)}` : "";
  const size = `${plural(table.rows, "row")} in ${plural(table.columns.length, "column")}${span}.`;
  if (findings === 0) {
    return `${size} Nothing in it is strong enough to be told as a finding; the columns are described below.`;
  }
  return `${size} ${capital(inLetters(findings))} ${findings === 1 ? "thing stands" : "things stand"} out.`;
}
