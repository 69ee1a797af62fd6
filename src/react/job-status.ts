/** `<JobStatus>`: one job as a card or a row. */
import { createElement, type FunctionComponent, lazy, type ReactElement, Suspense, useMemo, useState } from "react";
import type { StatusClient } from "../client-web/make-client.js";
import { emptySnapshot, type WatchSnapshot } from "../client-web/snapshot.js";
import { type Clock, systemClock } from "../core/clock.js";
import type { WireStatus } from "../core/wire.js";
import { laterParts, loadLaterParts } from "../view/later-parts.js";
import { STILL } from "../view/pace.js";
import { placeholder, present } from "../view/present.js";
import { type CommonProps, DrawnJob } from "./drawn-job.js";
import { toReact } from "./to-react.js";
import { useJob } from "./use-job.js";

/** Followed by a client. */
export interface LiveJobProps<Result = unknown> extends CommonProps<Result> {
  readonly client: StatusClient;
  readonly jobId: string;
  /** The status a server rendered with. */
  readonly initial?: WireStatus<Result>;
}
/** Plain data, followed by nobody. */
export interface PlainJobProps<Result = unknown> extends CommonProps<Result> {
  readonly job: WireStatus<Result>;
  readonly onRetry?: () => void;
  readonly onCancel?: () => void;
  readonly clock?: Clock;
}
export type JobStatusProps<Result = unknown> = LiveJobProps<Result> | PlainJobProps<Result>;

export function JobStatus<Result = unknown>(props: JobStatusProps<Result>): ReactElement {
  const [Body] = useState(() => (startsLate(props) ? LateJob : Job) as FunctionComponent<JobStatusProps<Result>>);
  const fallback = toReact(placeholder(props, STILL), UNWIRED);
  return createElement(Suspense, { fallback }, createElement(Body, props));
}

const UNWIRED = { onAction: () => undefined, onDialogClose: () => undefined };

function Job<Result>(props: JobStatusProps<Result>): ReactElement {
  return "client" in props ? createElement(LiveJob<Result>, props) : createElement(PlainJob<Result>, props);
}

// What a server drew with the later parts stays on the page, as it is, until they are here too.
const LateJob = lazy(async () => {
  await loadLaterParts();
  return { default: Job };
});

/** Whether its first picture takes the later parts while they are not here. */
function startsLate<Result>(props: JobStatusProps<Result>): boolean {
  const status = "client" in props ? (props.initial ?? null) : props.job;
  if (laterParts() !== null || status === null) return false;
  return present(emptySnapshot(status.jobId, 0, status), STILL, props) === null;
}

function LiveJob<Result>(props: LiveJobProps<Result>): ReactElement {
  const { client, jobId, initial } = props;
  const job = useJob<Result>(client, jobId, initial === undefined ? {} : { initial });
  const { retry, cancel } = job;
  return createElement(DrawnJob<Result>, { props, snapshot: job, retry, cancel, clock: client.clock });
}

function PlainJob<Result>(props: PlainJobProps<Result>): ReactElement {
  const { job, onRetry, onCancel, clock = systemClock } = props;
  const snapshot = useMemo(
    () => ({ ...emptySnapshot(job.jobId, 0, job as WireStatus), connection: "live" as const }) as WatchSnapshot<Result>,
    [job],
  );
  const may = (onRetry ?? onCancel) !== undefined;
  const nothing = (): void => undefined;
  const shown = may ? props : { ...props, actions: false };
  return createElement(DrawnJob<Result>, {
    props: shown,
    snapshot,
    retry: onRetry ?? nothing,
    cancel: onCancel ?? nothing,
    clock,
  });
}
