/**
 * Every statement of the store, by the steps of the contract; their texts are in sql/. Each is one statement, and so one
 * snapshot and one commit. They share four habits:
 *   – $1 is the time: null for the server's clock, or epoch ms when a test turns a clock of its own;
 *   – batches come as array literals and become rows by `unnest`, which pads short columns with nulls;
 *   – rows are locked in the order of their ids (the caller sorts), so that two batches cannot wait for each other in a ring;
 *   – a row is looked up by `lateral` with `for update` or `offset 0`, and changed by `= any` or by an upsert on its key:
 *     shapes that the planner can only carry out as one probe of the key each. Plans are kept, and one that was made while
 *     a table was nearly empty would otherwise walk the whole of it ever after.
 * A statement that moves jobs names them in `decided`, and ends with the same tail (sql/apply.ts).
 */
import type { Names } from "./names.js";
import { type CallbackStatement, callbackStatements } from "./sql/callbacks.js";
import { type ClaimStatement, claimStatements } from "./sql/claim.js";
import { type ClaimLoneStatement, claimLoneStatements } from "./sql/claim-lone.js";
import { type ControlStatement, controlStatements } from "./sql/control.js";
import { type DirectoryStatement, directoryStatements } from "./sql/directory.js";
import { type EnqueueStatement, enqueueStatements } from "./sql/enqueue.js";
import { type HoldStatement, holdStatements } from "./sql/hold.js";
import { type PromoteStatement, promoteStatements } from "./sql/promote.js";
import { type ReadingStatement, readingStatements } from "./sql/reading.js";
import { type SettleStatement, settleStatements } from "./sql/settle.js";
import { type StartStatement, startStatements } from "./sql/start.js";
import { type StatusStatement, statusStatements } from "./sql/status.js";
import { type SweepStatement, sweepStatements } from "./sql/sweep.js";
import { tablesOf } from "./sql/words.js";

export interface Statement {
  /** Unique within a store; the driver makes the name of the prepared statement of it. */
  readonly name: string;
  readonly text: string;
  /** Must not wait for a connection behind others; see gate.ts. */
  readonly isUrgent?: boolean;
}

export type StatementName =
  | EnqueueStatement
  | ClaimStatement
  | ClaimLoneStatement
  | PromoteStatement
  | StartStatement
  | HoldStatement
  | SettleStatement
  | CallbackStatement
  | SweepStatement
  | ControlStatement
  | ReadingStatement
  | StatusStatement
  | DirectoryStatement;
export type Statements = Readonly<Record<StatementName, Statement>>;

/** Heartbeats and endings. */
const URGENT: ReadonlySet<string> = new Set([
  "extend",
  "saveWorker",
  "completeLone",
  "complete",
  "completeAny",
  "settle",
]);

export function statementsFor(names: Names): Statements {
  const entries = Object.entries(statementTexts(names)).map(([name, text]) => [
    name,
    { name, text: text.trim(), isUrgent: URGENT.has(name) },
  ]);
  return Object.fromEntries(entries) as Statements;
}

function statementTexts(names: Names): Record<StatementName, string> {
  const tables = tablesOf(names);
  return {
    ...enqueueStatements(tables),
    ...claimStatements(tables),
    ...claimLoneStatements(tables),
    ...promoteStatements(tables),
    ...startStatements(tables),
    ...holdStatements(tables),
    ...settleStatements(tables),
    ...callbackStatements(tables),
    ...sweepStatements(tables),
    ...controlStatements(tables),
    ...readingStatements(tables),
    ...statusStatements(tables),
    ...directoryStatements(tables),
  };
}
