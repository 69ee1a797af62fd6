/** The one live region of a page: visually hidden, polite, and shared by all jobs on it. */

import type { JobView, ViewInput } from "../view-types.js";
import { nextSaid, SAID_NOTHING, type Said } from "./announcer.js";
import { spoken } from "./spoken.js";

interface Region {
  readonly element: HTMLElement;
  said: Said;
}
const regions = new WeakMap<Document, Region>();

/**
 * Tells assistive technology what is new about a job, when its turn has come. An answer that came before a skeleton was
 * shown is part of the page, and not said.
 */
export function announce(document: Document, input: ViewInput, view: JobView): void {
  const { now, skeleton } = input.timing;
  if (now === null || (view.look === "loading" && !skeleton)) return;
  const region = regionOf(document);
  const said = nextSaid(region.said, input.snapshot.jobId, spoken(input, view), now);
  if (said.text !== region.said.text || said.saidAt !== region.said.saidAt) region.element.textContent = said.text;
  region.said = said;
}

/** The job left the page. */
export function hush(document: Document, jobId: string): void {
  const region = regions.get(document);
  if (region === undefined) return;
  const { [jobId]: _, ...beats } = region.said.beats;
  region.said = { ...region.said, beats, waiting: region.said.waiting === jobId ? null : region.said.waiting };
}

function regionOf(document: Document): Region {
  const known = regions.get(document);
  if (known?.element.isConnected === true) return known;
  const element = document.createElement("p");
  element.className = "wm-hidden";
  element.setAttribute("role", "status");
  document.body.append(element);
  const region = { element, said: SAID_NOTHING };
  regions.set(document, region);
  return region;
}
