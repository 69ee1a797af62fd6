/** Draws one job's snapshot, and does what belongs to it: time passes, the page is told aloud, the tab shows it, buttons act. */
import { createElement, type ReactElement, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { hasEnded, type WatchSnapshot } from "../client-web/snapshot.js";
import type { Clock } from "../core/clock.js";
import type { WireStatus } from "../core/wire.js";
import { holdsFocus } from "../view/focus.js";
import { laterParts, laterPartsFailed, loadLaterParts } from "../view/later-parts.js";
import type { ActionName } from "../view/markup.js";
import { Pace, STILL } from "../view/pace.js";
import { type Presentation, type PresentOptions, placeholder, present } from "../view/present.js";
import type { LinkName } from "../view/view-types.js";
import { CardElement } from "./card-element.js";
import { useBeside } from "./use-beside.js";
import { useLater } from "./use-later.js";

export interface CommonProps<Result> extends PresentOptions {
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

export interface DrawnJobProps<Result> {
  readonly props: CommonProps<Result>;
  readonly snapshot: WatchSnapshot<Result>;
  readonly retry: () => unknown;
  readonly cancel: () => unknown;
  readonly clock: Clock;
}

export function DrawnJob<Result>({ props, snapshot, retry, cancel, clock }: DrawnJobProps<Result>): ReactElement {
  const rootRef = useRef<Element | null>(null);
  const later = useLater();
  const [pace] = useState(() => new Pace(clock));
  const timing = useSyncExternalStore(
    useMemo(() => pace.subscribe.bind(pace), [pace]),
    () => pace.timing,
    () => STILL,
  );
  const shown = present(snapshot, timing, props, later);
  // Until the parts for the new picture are here, the last one stands; but not for longer than it is true.
  const last = useRef<Presentation | null>(null);
  const standing = laterPartsFailed() && last.current?.input.snapshot.status !== snapshot.status ? null : last.current;
  useEffect(() => {
    if (shown === null) void loadLaterParts();
    else last.current = shown;
  });
  useBeside(rootRef, shown, later, { announce: props.announce !== false, inTab: props.inTab === true });

  // The newest callback, without following anew when only it changed.
  const newest = useRef(props.onCompleted);
  useEffect(() => {
    newest.current = props.onCompleted;
  });
  const redirects = props.onCompleted !== undefined;
  useEffect(() => {
    const onCompleted = redirects ? () => snapshot.status !== null && newest.current?.(snapshot.status) : null;
    const isBusy = (): boolean => rootRef.current !== null && holdsFocus(rootRef.current);
    pace.follow(snapshot, { onCompleted, isBusy });
    return () => pace.stop();
  }, [pace, snapshot, redirects]);
  useEffect(() => {
    const root = rootRef.current;
    const stay = (): void => {
      if (hasEnded(snapshot.status)) pace.stay();
    };
    root?.addEventListener("focusin", stay);
    return () => root?.removeEventListener("focusin", stay);
  }, [pace, snapshot]);

  const follow = (name: LinkName): void => {
    const link = props.links?.[name];
    if (typeof link === "function") link();
  };
  const act = (action: ActionName, button: Element): void =>
    laterParts()?.perform(action, button, {
      snapshot,
      pace,
      retry: () => void retry(),
      cancel: () => void cancel(),
      follow,
    });
  return createElement(CardElement, {
    markup: (shown ?? standing)?.markup ?? placeholder(props, timing),
    rootRef,
    onDialogClose: () => pace.ask(false),
    onAction: (action, button) => {
      if (later === null) void loadLaterParts().then(() => act(action, button));
      else act(action, button);
    },
  });
}
