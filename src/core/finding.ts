/** What `waymark doctor` found in one place: how it is, and what to do when it is not well. */
export interface Finding {
  /** What was looked at, in a word or three: "clock", "indexes". */
  readonly check: string;
  /** `problem`: promises are broken, or soon will be. `warning`: it works, but not as it should. */
  readonly level: "ok" | "warning" | "problem";
  /** One sentence. */
  readonly detail: string;
  /** What a person may do about it, in one sentence; null when nothing is needed. */
  readonly advice: string | null;
}

export function well(check: string, detail: string): Finding {
  return { check, level: "ok", detail, advice: null };
}
export function warning(check: string, detail: string, advice: string): Finding {
  return { check, level: "warning", detail, advice };
}
export function problem(check: string, detail: string, advice: string): Finding {
  return { check, level: "problem", detail, advice };
}
