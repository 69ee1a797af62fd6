/** `<JobList>`: several jobs as rows, with one voice. Rows are a matter of the later parts, so the list comes with them. */
import { createElement, type FunctionComponent, lazy, type ReactElement, Suspense, useState } from "react";
import type { JobQuery } from "../client-web/asking.js";
import type { StatusClient } from "../client-web/make-client.js";
import type { WireStatus } from "../core/wire.js";
import type { PresentOptions } from "../view/present.js";
import type { Link, LinkName } from "../view/view-types.js";

export interface ListedJob {
  readonly jobId: string;
  readonly subject?: string;
  readonly initial?: WireStatus;
  readonly links?: Readonly<Partial<Record<LinkName, Link>>>;
}

interface CommonProps extends Omit<PresentOptions, "variant" | "subject" | "links"> {
  readonly client: StatusClient;
  /** Default "Jobs". */
  readonly label?: string;
}
/** These jobs. */
export interface GivenJobsProps extends CommonProps {
  /** In the order they are shown; ids alone will do. */
  readonly jobs: readonly (string | ListedJob)[];
}
/** The person's own, newest first, loaded by itself; new ones appear, and each is followed. */
export interface OwnJobsProps extends CommonProps {
  readonly jobs?: undefined;
  /** Which of them. Default: all, 50 at first. */
  readonly query?: Omit<JobQuery, "cursor">;
  /** Where the row of a job leads. */
  readonly linksOf?: (job: WireStatus) => Readonly<Partial<Record<LinkName, Link>>>;
}
export type JobListProps = GivenJobsProps | OwnJobsProps;

type List = FunctionComponent<JobListProps>;

let known: List | null = null;

/** For servers, which have all parts from the start. */
export function giveList(list: List): void {
  known = list;
}

const LateList = lazy(async () => ({ default: (await import("./list.js")).List }));

export function JobList(props: JobListProps): ReactElement {
  const [Body] = useState(() => known ?? LateList);
  const fallback = createElement("div", { className: "wm-list", "aria-busy": true });
  return createElement(Suspense, { fallback }, createElement(Body, props));
}
