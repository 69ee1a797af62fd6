/** `useJob`: one job's snapshot as React state. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { ActionAnswer } from "../client-web/asking.js";
import type { StatusClient } from "../client-web/make-client.js";
import { emptySnapshot, type WatchSnapshot } from "../client-web/snapshot.js";
import type { WireStatus } from "../core/wire.js";

export interface UseJobOptions<Result = unknown> {
  /** The status a server rendered with: shown until a newer one arrives. */
  readonly initial?: WireStatus<Result>;
}

export interface UsedJob<Result = unknown> extends WatchSnapshot<Result> {
  readonly retry: () => Promise<ActionAnswer>;
  readonly cancel: () => Promise<ActionAnswer>;
  readonly refresh: () => Promise<void>;
}

/** Follows a job while the component is mounted. On a server it asks for nothing and shows `initial`, or "connecting". */
export function useJob<Result = unknown>(
  client: StatusClient,
  jobId: string,
  { initial }: UseJobOptions<Result> = {},
): UsedJob<Result> {
  const watch = useMemo(() => client.watch<Result>(jobId, initial), [client, jobId, initial]);
  const first = useMemo(
    () => emptySnapshot(jobId, 0, (initial ?? null) as WireStatus | null) as WatchSnapshot<Result>,
    [jobId, initial],
  );
  const subscribe = useCallback((listener: () => void) => watch.subscribe(listener), [watch]);
  const snapshot = useSyncExternalStore(
    subscribe,
    () => watch.current(),
    () => first,
  );
  return useMemo(
    () => ({
      ...snapshot,
      retry: () => watch.retry(),
      cancel: () => watch.cancel(),
      refresh: () => watch.refresh(),
    }),
    [snapshot, watch],
  );
}
