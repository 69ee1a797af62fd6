/**
 * What happens in this process, told once: log lines and metrics hang off these events in one subscriber each, so that
 * handlers and stores need not log. Every event about a job carries its id (PROMISES D7).
 */
import type { JobStatus } from "./lifecycle.js";

export type JobEvent =
  | { readonly type: "enqueued"; readonly jobId: string; readonly kind: string; readonly deduplicated: boolean }
  | {
      readonly type: "started";
      readonly jobId: string;
      readonly kind: string;
      readonly fence: number;
      readonly attempt: number;
    }
  | {
      readonly type: "ended";
      readonly jobId: string;
      readonly kind: string;
      readonly fence: number;
      readonly status: JobStatus;
      readonly durationMs: number;
      readonly errorCode: string | null;
      /** Names the failure in the operators' detail. */
      readonly reference: string | null;
      readonly late: boolean;
    }
  /** A write was refused: somebody else has the job now. */
  | {
      readonly type: "lease_lost";
      readonly jobId: string;
      readonly kind: string;
      readonly fence: number;
      readonly during: string;
    }
  | {
      readonly type: "rescued";
      readonly jobId: string;
      readonly kind: string;
      readonly fence: number;
      readonly status: JobStatus;
    }
  | {
      readonly type: "expired";
      readonly jobId: string;
      readonly kind: string;
      readonly fence: number;
      readonly status: JobStatus;
    }
  | {
      readonly type: "controlled";
      readonly jobId: string;
      readonly action: "cancel" | "retry" | "remove";
      readonly actor: string;
      readonly answer: string;
    }
  | { readonly type: "purged"; readonly jobId: string; readonly status: JobStatus; readonly actor: string }
  | { readonly type: "queried"; readonly jobId: string; readonly found: boolean }
  /** Something in the background did not work and is tried again. */
  | { readonly type: "trouble"; readonly part: string; readonly error: unknown; readonly jobId?: string };

export interface JobEvents {
  /** Never throws. */
  emit(event: JobEvent): void;
  /** The types that somebody listens for: what happens with every job is only told of to somebody. */
  readonly heard: ReadonlySet<JobEvent["type"]>;
  /**
   * @param types  what the listener wants to hear of. Default: everything
   * @returns a function that ends the subscription
   */
  on(listener: (event: JobEvent) => void, types?: ReadonlySet<JobEvent["type"]>): () => void;
}

interface Subscription {
  readonly listener: (event: JobEvent) => void;
  readonly types: ReadonlySet<JobEvent["type"]> | undefined;
}

/** The compiler sees that none is missing: nobody would hear of it. */
const TYPES: Readonly<Record<JobEvent["type"], true>> = {
  enqueued: true,
  started: true,
  ended: true,
  lease_lost: true,
  rescued: true,
  expired: true,
  controlled: true,
  purged: true,
  queried: true,
  trouble: true,
};
const ALL_TYPES = Object.keys(TYPES) as JobEvent["type"][];

export function createJobEvents(): JobEvents {
  const listeners = new Set<Subscription>();
  /** Made when listeners change, as it is looked at for every job. */
  const heard = new Set<JobEvent["type"]>();
  const noteHeard = (): void => {
    heard.clear();
    for (const { types } of listeners) for (const type of types ?? ALL_TYPES) heard.add(type);
  };
  return {
    heard,
    emit: (event) => {
      for (const { listener, types } of listeners) {
        if (types !== undefined && !types.has(event.type)) continue;
        // What a listener throws is its own affair: no job, and no loop, may end over a log line.
        try {
          listener(event);
        } catch {}
      }
    },
    on: (listener, types) => {
      const subscription = { listener, types };
      listeners.add(subscription);
      noteHeard();
      return () => {
        listeners.delete(subscription);
        noteHeard();
      };
    },
  };
}
