/** What the parts of one open Waymark share. Wired in waymark.ts; every part takes what it needs of it. */
import type { Clock } from "./core/clock.js";
import type { JobEvents } from "./core/job-events.js";
import type { Limits } from "./core/limits.js";
import type { Redactor } from "./core/redact.js";
import type { Store } from "./core/store.js";

export interface Runtime {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly redactor: Redactor;
  readonly events: JobEvents;
  /** Makes job ids: UUID version 7, rising within the process. */
  readonly newId: () => string;
}
