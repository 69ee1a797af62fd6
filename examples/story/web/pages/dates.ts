/** Days and durations as the pages write them. */

/** "21 November 2026". */
export function dayOf(at: Date): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" }).format(at);
}

/** "0.4 s", "26 seconds", "3 min 12 s". */
export function tookInWords(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} seconds` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** When a job was asked for, in epoch milliseconds: its id is a UUID of version 7, which begins with that. */
export function askedAt(jobId: string): number {
  return Number.parseInt(jobId.replaceAll("-", "").slice(0, 12), 16);
}
