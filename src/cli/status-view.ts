/** The whole picture of a job for a terminal: where it is, how long still, and the facts. */
import { isTerminal, type JobStatusInfo } from "../core/status-info.js";
import { durationText, instantText, type Place } from "../explain/wording.js";
import type { Piece, Screen } from "./screen.js";
import { jsonText, padEnd } from "./text.js";
import { detailOf, signOf, titleOf } from "./words.js";

const TRAIL = 40;
/** A result is shown whole up to this many characters; `--json` has all of it. */
const LONGEST_VALUE = 200;

export async function printStatus(screen: Screen, info: JobStatusInfo, place: Place): Promise<void> {
  await screen.line(signOf(info), " ", { text: titleOf(info), style: "strong" });
  const trail = trailOf(info);
  if (trail !== null) await screen.line(...trail);
  const detail = detailOf(info, place);
  if (detail !== "") await screen.paragraph(detail);
  await screen.line();
  const facts = factsOf(info, place).filter((fact): fact is [string, string] => fact[1] !== null);
  const widest = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) await screen.line({ text: `${padEnd(name, widest)}  `, style: "quiet" }, value);
}

/** Solid is walked, dashed is still ahead, the diamond is here. Nothing while the way is unknown. */
function trailOf(info: JobStatusInfo): Piece[] | null {
  if (info.status !== "processing" || info.progress?.percent == null) return null;
  const walked = Math.floor((info.progress.percent / 100) * TRAIL);
  return [
    { text: "━".repeat(walked), style: "lake" },
    { text: "◆", style: "ochre" },
    { text: "┄".repeat(TRAIL - walked), style: "quiet" },
  ];
}

function factsOf(info: JobStatusInfo, place: Place): [string, string | null][] {
  const at = (instant: Date | undefined): string | null =>
    instant === undefined ? null : instantText(instant.getTime(), place);
  const started = at(info.startedAt);
  const spent = info.processingMs === null || isTerminal(info) ? "" : `, ${durationText(info.processingMs)} ago`;
  const isEnded = isTerminal(info);
  return [
    ["job", info.jobId],
    ["kind", `${info.kind} in ${info.queue}`],
    ["owner", info.owner],
    ["attempt", `${info.attempt} of ${info.maxAttempts}${info.generation > 1 ? `, run ${info.generation}` : ""}`],
    ["enqueued", at(info.createdAt)],
    ["due", info.status === "scheduled" || info.status === "retrying" ? at(dueAt(info)) : null],
    ["started", started === null ? null : `${started}${info.status === "processing" ? spent : ""}`],
    ["ended", isEnded ? at(info.finishedAt) : null],
    ["stages", stagesOf(info)],
    ["error", info.status === "failed" ? `${info.error.code} (${info.error.category})` : null],
    ["last error", info.status === "retrying" ? `${info.lastError.code} (${info.lastError.category})` : null],
    ["reference", info.status === "failed" ? info.error.reference : null],
    ["result", info.status === "completed" && info.result !== null ? valueText(info.result) : null],
    ["metadata", Object.keys(info.metadata).length === 0 ? null : valueText(info.metadata)],
    ["to retry", isEnded && info.retry.eligible ? `waymark retry ${info.jobId}` : null],
  ];
}

function dueAt(info: JobStatusInfo): Date | undefined {
  if (info.status === "retrying") return info.retry.nextAttemptAt;
  return "waiting" in info && info.waiting?.reason === "scheduled" ? info.waiting.at : info.scheduledAt;
}

function stagesOf(info: JobStatusInfo): string | null {
  const stages = info.progress?.stages ?? [];
  if (stages.length === 0 || isTerminal(info)) return null;
  return stages.map(({ name, state }) => (state === "current" ? `[${name}]` : name)).join(" → ");
}

function valueText(value: unknown): string {
  const text = jsonText(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (--json shows all)`;
}
