/** What stands at the end when there is no story: what happened, what to do, and how to name it to others. */
import type { JobFailure, JobStatusInfo } from "waymark";
import { harmless, paint, type Screen, wrap } from "./text.js";

/** Where jobs are kept unless told otherwise: one file beside the work. */
export const DEFAULT_STORE = "sqlite:data/waymark.db";

/** Titles by category; the job's own safe message says what was wrong and what to do. */
const TITLES: Readonly<Record<JobFailure["category"], string>> = {
  input: "This file could not be read",
  temporary: "That did not work this time",
  limit: "That is more than is allowed",
  internal: "Something went wrong on our side",
};

export function printEnd(info: JobStatusInfo, screen: Screen): string {
  const { title, text } = endOf(info);
  const lines = wrap(harmless(text), Math.min(80, screen.width));
  return [
    `${paint(info.status === "failed" ? "!" : "○", "bad", screen)} ${paint(title, "strong", screen)}`,
    ...lines,
    "",
  ].join("\n");
}

function endOf(info: JobStatusInfo): { title: string; text: string } {
  switch (info.status) {
    case "failed":
      return { title: TITLES[info.error.category], text: `${info.error.message}${referenceOf(info.error)}` };
    case "cancelled":
      return { title: "Cancelled", text: "The job was cancelled before its story was told." };
    case "expired":
      return { title: "Not finished in time", text: "The job was only good for a while, and that is over." };
    default:
      return { title: "Not finished", text: "The job goes on; its status tells how far it is." };
  }
}

/** A fault of the file needs no reference: the person can mend it alone. */
function referenceOf({ category, reference }: JobFailure): string {
  return category === "input" || reference === "" ? "" : ` Reference: ${reference}`;
}

/** How to come back to a job. A store's address may hold a password, so only the path of a file is repeated. */
export function printJob(jobId: string, store: string, screen: Screen): string {
  const where = store.startsWith("sqlite:") && store !== DEFAULT_STORE ? ` --store ${harmless(store)}` : "";
  const again = `npx waymark status ${jobId}${where}`;
  const lines = store === "memory:" ? [`Job     ${jobId}`] : [`Job     ${jobId}`, `Status  ${again}`];
  return lines.map((line) => `${paint(line, "quiet", screen)}\n`).join("");
}
