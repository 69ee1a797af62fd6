/** The story of one job from all sides, in the order of time: the driver, the ledger, the trail, and the faults. */
import type { EventLine } from "../../../src/core/export-format.js";
import type { Acknowledged } from "./driver.js";
import type { LedgerLine } from "./ledger.js";
import type { Fault } from "./trial.js";

export interface Sources {
  readonly acknowledged: readonly Acknowledged[];
  readonly ledger: readonly LedgerLine[];
  readonly trail: readonly EventLine[];
  readonly faults: readonly Fault[];
}

interface Entry {
  readonly at: number;
  readonly from: string;
  readonly text: string;
}

export function timelineOf(jobId: string, { acknowledged, ledger, trail, faults }: Sources): string {
  const entries: Entry[] = [];
  for (const { jobId: id, sentAt, acknowledgedAt, key, tries } of acknowledged) {
    if (id !== jobId) continue;
    entries.push({ at: sentAt, from: "driver", text: `sent with key ${key}` });
    entries.push({ at: acknowledgedAt, from: "driver", text: `acknowledged after ${tries} tries` });
  }
  for (const { at, pid, what, jobId: id, ...facts } of ledger) {
    if (id === jobId) entries.push({ at, from: "ledger", text: `${what} in process ${pid} ${JSON.stringify(facts)}` });
  }
  for (const { jobId: id, at, seq, event, to, actor, fence, reason } of trail) {
    if (id !== jobId) continue;
    const text = `${seq}. ${event} → ${to} by ${actor}, fence ${fence}${reason === null ? "" : ` (${reason})`}`;
    entries.push({ at: Date.parse(at), from: "trail", text });
  }
  const [first, last] = [Math.min(...entries.map(({ at }) => at)), Math.max(...entries.map(({ at }) => at))];
  for (const { at, what } of faults) {
    if (at >= first && at <= last) entries.push({ at, from: "nemesis", text: what });
  }
  return entries
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, from, text }) => `  ${new Date(at).toISOString()}  ${from.padEnd(7)} ${text}`)
    .join("\n");
}
