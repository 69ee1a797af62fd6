/** `<JobList>`: several jobs as rows, with one voice. */
import { createElement, type ReactElement } from "react";
import type { StatusClient } from "../client-web/client.js";
import type { WireStatus } from "../core/wire.js";
import { emptyList } from "../view/card.js";
import type { PresentOptions } from "../view/present.js";
import type { Link, LinkName } from "../view/view-types.js";
import { Words } from "../view/words.js";
import { JobStatus } from "./job-status.js";
import { toReact } from "./to-react.js";

export interface ListedJob {
  readonly jobId: string;
  readonly subject?: string;
  readonly initial?: WireStatus;
  readonly links?: Readonly<Partial<Record<LinkName, Link>>>;
}

export interface JobListProps extends Omit<PresentOptions, "variant" | "subject" | "links"> {
  readonly client: StatusClient;
  /** In the order they are shown; ids alone will do. */
  readonly jobs: readonly (string | ListedJob)[];
  /** Default "Jobs". */
  readonly label?: string;
}

export function JobList({ client, jobs, label, ...options }: JobListProps): ReactElement {
  const words = new Words(options);
  if (jobs.length === 0)
    return toReact(emptyList(words), { onAction: () => undefined, onDialogClose: () => undefined });
  const items = jobs.map((each) => {
    const { jobId, ...own } = typeof each === "string" ? { jobId: each } : each;
    const row = createElement(JobStatus, { ...options, ...own, client, jobId, variant: "compact" });
    return createElement("li", { key: jobId }, row);
  });
  return createElement("ul", { className: "wm-list", "aria-label": label ?? words.say("list.name") }, items);
}
