/** The jobs of this person on the first page: what is on the way, and how the last ones ended. */
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { createStatusClient, JobList } from "waymark/react";
import { STAGE_LABELS } from "./words.js";

const SHOWN = 8;

export function jobList(place: HTMLElement): void {
  const heading = document.createElement("h2");
  heading.textContent = "Your jobs";
  const list = document.createElement("div");
  place.append(heading, list);
  createRoot(list).render(
    createElement(JobList, {
      client: createStatusClient(),
      label: "Your jobs",
      stageLabels: STAGE_LABELS,
      query: { limit: SHOWN },
      linksOf: ({ jobId }) => ({ open: `/stories/${jobId}`, details: `/jobs/${jobId}` }),
    }),
  );
}
