/** The person's own jobs as React state: the list as it was loaded last. Each of them is followed by its row. */
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { JobQuery } from "../client-web/asking.js";
import type { StatusClient } from "../client-web/make-client.js";
import { type OwnJobs, watchOwnJobs } from "../client-web/own-jobs.js";

export function useOwnJobs(client: StatusClient, query: Omit<JobQuery, "cursor">): OwnJobs {
  // The same question in a new object is the same question.
  const asked = JSON.stringify(query);
  const own = useMemo(() => watchOwnJobs(client, JSON.parse(asked) as JobQuery), [client, asked]);
  useEffect(() => own.start(), [own]);
  return useSyncExternalStore(own.subscribe, own.current, own.current);
}
