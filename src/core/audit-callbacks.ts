/** I25: each callback was applied at most once, with the fence of an attempt, and in the order of its seq. */
import type { JobLines, Report } from "./audit.js";

export function auditCallbacks({ events, callbacks }: JobLines, report: Report): void {
  if (callbacks.length === 0) return;
  const fences = new Set(events.filter(({ event }) => event === "claim").map(({ fence }) => fence));
  const ids = new Set<string>();
  const lastSeq = new Map<number, number>();
  for (const { id, fence, seq, applied } of callbacks) {
    if (!applied) continue;
    if (ids.has(id)) report("I25", `the callback ${id} was applied twice`);
    ids.add(id);
    if (!fences.has(fence)) report("I25", `the callback ${id} was applied with fence ${fence}, which no attempt had`);
    const before = lastSeq.get(fence) ?? 0;
    if (!(seq > before)) report("I25", `the callback ${id} has seq ${seq}, after seq ${before} of fence ${fence}`);
    lastSeq.set(fence, Math.max(seq, before));
  }
}
