/**
 * What a viewer would see of a job, so that two pictures can be compared: everything but the figures that run by
 * themselves. Streams, ETags and `tracker.watch` tell a change by it. Pure.
 */
import type { JobStatusInfo } from "./status-info.js";

/** Figures that differ at every look although nothing has happened. */
const RUNNING: readonly string[] = ["processingMs", "inMs", "startsInMs", "remainingMs", "basedOn", "typicalMs"];

export function faceOf(info: JobStatusInfo): string {
  return JSON.stringify(info, (key, value: unknown) => (RUNNING.includes(key) ? undefined : value));
}

/**
 * Names a picture: the same while a viewer would see no difference. Begins with `seq`, so that versions of one job can
 * be told older from newer by people; programs only compare them for equality.
 */
export function versionOf(info: JobStatusInfo): string {
  return `${info.seq}-${digest(faceOf(info))}`;
}

/** 64 bits of FNV-1a in two halves: enough to tell pictures of one job apart, not meant against anybody. */
function digest(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ ((code << 7) | (code >>> 9)), 0x85ebca6b);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}
