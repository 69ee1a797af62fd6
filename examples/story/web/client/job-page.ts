/** The page of one job: its status, its way on the map, its state in the tab, and on to the story when it is done. */
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { createStatusClient, JobStatus, type WireStatus } from "waymark/react";
import { routeMap, type Walk } from "./route-map.js";
import { showInTab } from "./tab.js";
import { FAILURES, STAGE_LABELS } from "./words.js";

export function jobPage({ job = "", subject = "", status = "null" }: DOMStringMap): void {
  const initial = JSON.parse(status) as WireStatus | null;
  const client = createStatusClient();
  const walk = routeMap();
  const meanwhile = document.getElementById("meanwhile");
  const watch = client.watch(job, initial ?? undefined);
  const follow = (): void => {
    const now = watch.current().status;
    if (now === null) return;
    const way = walkOf(now);
    walk(way);
    if (meanwhile !== null) meanwhile.hidden = way.ended !== null;
    showInTab(now, subject);
  };
  watch.subscribe(follow);
  follow();

  const story = `/stories/${encodeURIComponent(job)}`;
  const root = createRoot(document.getElementById("job")!);
  root.render(
    createElement(JobStatus, {
      client,
      jobId: job,
      subject,
      headingLevel: 2,
      stageLabels: STAGE_LABELS,
      failures: FAILURES,
      links: { open: story, startNew: "/", list: "/" },
      onCompleted: () => {
        // The story's page begins at its title, for ears as well as for eyes.
        sessionStorage.setItem("arrived", story);
        // In place of this page, so that "Back" does not lead into the redirect again.
        location.replace(story);
      },
      ...(initial === null ? {} : { initial }),
    }),
  );
}

/** A job that waits for another try stands at the start again. */
function walkOf({ status, progress }: WireStatus): Walk {
  const over = status === "completed" || status === "failed" || status === "cancelled" || status === "expired";
  const weights = progress?.stages.map(({ weight }) => weight) ?? [];
  return { percent: status === "retrying" ? 0 : (progress?.percent ?? 0), weights, ended: over ? status : null };
}
