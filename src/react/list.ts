/** The rows of a `<JobList>`, or the word that there are none. */
import { createElement, Fragment, type ReactElement } from "react";
import { skeleton } from "../view/card.js";
import * as later from "../view/later/index.js";
import { giveLaterParts } from "../view/later-parts.js";
import type { Markup } from "../view/markup.js";
import { Words } from "../view/words.js";
import type { GivenJobsProps, JobListProps, OwnJobsProps } from "./job-list.js";
import { JobStatus } from "./job-status.js";
import { toReact } from "./to-react.js";
import { useOwnJobs } from "./use-own-jobs.js";

giveLaterParts(later);

export function List(props: JobListProps): ReactElement {
  return props.jobs === undefined ? createElement(OwnList, props) : createElement(GivenList, props);
}

function GivenList({ client, jobs, label, ...options }: GivenJobsProps): ReactElement {
  const words = new Words(options);
  if (jobs.length === 0) return still(later.emptyList(words));
  const items = jobs.map((each) => {
    const { jobId, ...own } = typeof each === "string" ? { jobId: each } : each;
    const row = createElement(JobStatus, { ...options, ...own, client, jobId, variant: "compact" });
    return createElement("li", { key: jobId }, row);
  });
  return createElement("ul", { className: "wm-list", "aria-label": label ?? words.say("list.name") }, items);
}

function OwnList({ query = {}, linksOf, ...options }: OwnJobsProps): ReactElement {
  const { client, jobs: _, ...rest } = options;
  const words = new Words(rest);
  const { jobs, trouble, more } = useOwnJobs(client, query);
  const given = (jobs ?? []).map((initial) => {
    const { jobId } = initial;
    const links = linksOf?.(initial);
    // A list does not say why a job waits; its own stream will.
    const known = "waiting" in initial && initial.waiting === null ? {} : { initial };
    return { jobId, ...known, ...(links === undefined ? {} : { links }) };
  });
  // What could not be loaded yet is not said to be empty.
  const rows =
    jobs === null && trouble
      ? null
      : jobs === null
        ? placeOf(words)
        : createElement(GivenList, { ...options, jobs: given });
  const foot = trouble
    ? createElement("p", { role: "status" }, words.say("list.trouble"))
    : more &&
      createElement("button", { type: "button", className: "wm-button", onClick: more }, words.say("list.more"));
  return createElement(Fragment, {}, rows, foot && createElement("div", { className: "wm-list-foot" }, foot));
}

/** The place of a few rows, until they are here. */
function placeOf(words: Words): ReactElement {
  const rows = [0, 1, 2].map((key) => createElement("li", { key }, still(skeleton(words, "compact", true))));
  return createElement("ul", { className: "wm-list" }, rows);
}

function still(markup: Markup): ReactElement {
  return toReact(markup, { onAction: () => undefined, onDialogClose: () => undefined });
}
