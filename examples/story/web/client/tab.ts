/** The job's state in the browser's tab: in its title, and as a shape in its icon. */
import type { WireStatus } from "waymark/react";

const WORDS: Readonly<Record<WireStatus["status"], string>> = {
  scheduled: "Scheduled",
  pending: "Waiting",
  processing: "Working",
  retrying: "Trying again",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  expired: "Not in time",
};
/** Shape and colour by status; the others keep the mark of the site. */
const SHAPES: Readonly<Partial<Record<WireStatus["status"], string>>> = {
  processing: '<path d="M8 1 15 8 8 15 1 8Z" fill="#0d7ba0"/>',
  retrying: '<path d="M13.6 9.6A6 6 0 1 1 13 4.7M13.4 1.4v3.6H9.8" fill="none" stroke="#b06f14" stroke-width="2"/>',
  completed:
    '<circle cx="8" cy="8" r="7" fill="#2a7a4f"/><path d="m4.9 8.3 2.2 2.2 4.1-4.6" fill="none" stroke="#fff" stroke-width="2"/>',
  failed:
    '<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z" fill="#c23b38"/><path d="M8 4.4v4.2M8 11.2v.2" stroke="#fff" stroke-width="2"/>',
};

export function showInTab({ status, progress }: WireStatus, subject: string): void {
  const percent = status === "processing" ? progress?.percent : null;
  const word = percent === null || percent === undefined ? WORDS[status] : `${Math.min(99, percent)}%`;
  document.title = `${word} · ${subject} · Waymark`;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const shape = SHAPES[status];
  if (link !== null && shape !== undefined) {
    link.href = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${shape}</svg>`)}`;
  }
}
