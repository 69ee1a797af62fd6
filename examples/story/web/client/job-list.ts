/** The jobs of this person on the first page: what is on the way, and how the last ones ended. */
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { createStatusClient, JobList, type WireStatus } from "waymark/react";
import { STAGE_LABELS } from "./words.js";

const SHOWN = 8;

/** A list that cannot be had leaves the page as it is: everything else on it works. */
export async function jobList(place: HTMLElement): Promise<void> {
  const response = await fetch(`/api/jobs?limit=${SHOWN}`, { headers: { accept: "application/json" } }).catch(
    () => null,
  );
  if (response?.ok !== true) return;
  const { jobs } = (await response.json()) as { readonly jobs: readonly WireStatus[] };
  if (jobs.length === 0) return;
  const heading = document.createElement("h2");
  heading.textContent = "Your jobs";
  const list = document.createElement("div");
  place.append(heading, list);
  createRoot(list).render(
    createElement(JobList, {
      client: createStatusClient(),
      label: "Your jobs",
      stageLabels: STAGE_LABELS,
      jobs: jobs.map((initial) => {
        const id = encodeURIComponent(initial.jobId);
        return { jobId: initial.jobId, initial, links: { open: `/stories/${id}`, details: `/jobs/${id}` } };
      }),
    }),
  );
}
