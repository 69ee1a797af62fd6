/** `<JobStatus>`: one job as a card or a row. */
import { createElement, type ReactElement, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { StatusClient } from "../client-web/client.js";
import { emptySnapshot, hasEnded, type WatchSnapshot } from "../client-web/snapshot.js";
import { type Clock, systemClock } from "../core/clock.js";
import type { WireStatus } from "../core/wire.js";
import { announce, hush } from "../view/live-region.js";
import { Pace, STILL } from "../view/pace.js";
import { claimTab } from "../view/page-title.js";
import { holdsFocus, perform } from "../view/perform.js";
import { type PresentOptions, present } from "../view/present.js";
import { CardElement } from "./card-element.js";
import { useJob } from "./use-job.js";

interface CommonProps<Result> extends PresentOptions {
  /**
   * Called once, 1.5 s after the job was seen to complete: go to the result there. It is left out when the person is
   * busy in the card, which then shows the button of `links.open`.
   */
  readonly onCompleted?: (status: WireStatus<Result>) => void;
  /** True shows the state in the page's title and icon while it is mounted. Default false; for one job of a page. */
  readonly inTab?: boolean;
  /** False keeps it silent for screen readers. Default true. */
  readonly announce?: boolean;
}
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
  return "client" in props ? createElement(LiveJob<Result>, props) : createElement(PlainJob<Result>, props);
}

function LiveJob<Result>(props: LiveJobProps<Result>): ReactElement {
  const { client, jobId, initial } = props;
  const job = useJob<Result>(client, jobId, initial === undefined ? {} : { initial });
  const { retry, cancel } = job;
  return createElement(Drawn<Result>, { props, snapshot: job, retry, cancel, clock: client.clock });
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
  return createElement(Drawn<Result>, {
    props: shown,
    snapshot,
    retry: onRetry ?? nothing,
    cancel: onCancel ?? nothing,
    clock,
  });
}

interface DrawnProps<Result> {
  readonly props: CommonProps<Result>;
  readonly snapshot: WatchSnapshot<Result>;
  readonly retry: () => unknown;
  readonly cancel: () => unknown;
  readonly clock: Clock;
}

function Drawn<Result>({ props, snapshot, retry, cancel, clock }: DrawnProps<Result>): ReactElement {
  const rootRef = useRef<Element | null>(null);
  const [pace] = useState(() => new Pace({ clock, onCompleted: null, isBusy: () => false }));
  const timing = useSyncExternalStore(
    useMemo(() => pace.subscribe.bind(pace), [pace]),
    () => pace.timing,
    () => STILL,
  );
  const { view, markup } = present(snapshot, timing, props);

  // The newest callback, without following anew when only it changed.
  const newest = useRef(props.onCompleted);
  useEffect(() => {
    newest.current = props.onCompleted;
  });
  const redirects = props.onCompleted !== undefined;
  useEffect(() => {
    const onCompleted = redirects ? () => snapshot.status !== null && newest.current?.(snapshot.status) : null;
    const isBusy = (): boolean => rootRef.current !== null && holdsFocus(rootRef.current);
    pace.follow(snapshot, { clock, onCompleted, isBusy });
    return () => pace.stop();
  }, [pace, clock, snapshot, redirects]);

  const { jobId } = snapshot;
  const speaks = props.announce !== false;
  useEffect(() => {
    if (speaks) announce(document, jobId, view, timing);
  });
  useEffect(() => () => hush(document, jobId), [jobId]);
  const tab = useRef<ReturnType<typeof claimTab> | null>(null);
  useEffect(() => {
    if (props.inTab !== true) return undefined;
    tab.current = claimTab(document);
    return () => {
      tab.current?.release();
      tab.current = null;
    };
  }, [props.inTab]);
  useEffect(() => tab.current?.show(view));
  useEffect(() => {
    const root = rootRef.current;
    const stay = (): void => {
      if (hasEnded(snapshot.status)) pace.stay();
    };
    root?.addEventListener("focusin", stay);
    return () => root?.removeEventListener("focusin", stay);
  }, [pace, snapshot]);

  return createElement(CardElement, {
    markup,
    rootRef,
    onDialogClose: () => pace.ask(false),
    onAction: (action, button) =>
      perform(action, button, {
        snapshot,
        pace,
        retry: () => void retry(),
        cancel: () => void cancel(),
        follow: (name) => {
          const link = props.links?.[name];
          if (typeof link === "function") link();
        },
      }),
  });
}
