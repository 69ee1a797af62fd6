/**
 * The words of an ordinary job, from waiting in line to done, in English: they come with the page. All others are in
 * later/texts.ts; together they are the catalogue, see messages.ts.
 */
export const FIRST_TEXTS = {
  /** What dates, times and numbers follow when the host asks for nothing else. */
  locale: "en-GB",

  "loading.text": "Loading the status",
  incomplete: "This page is not complete. Load it again to see your job.",
  "position.title": "Waiting in line",
  "position.line": { one: "{n} job ahead of yours", other: "{n} jobs ahead of yours" },
  "position.many": "More than {n} jobs ahead of yours",
  "next.title": "Next in line",
  "next.line": "It starts by itself.",

  "working.title": "Working on it",
  "working.line": "It is at work.",
  "working.unknown": "This step cannot tell how far it is. It is still at work.",
  "working.count": "{done} of {total}",
  "working.soFar": "{done} so far",
  "working.started": "Started {ago}",

  "completed.title": "Done",
  "completed.line": "Finished in {duration}",
  "redirecting.title": "Done. Opening it…",

  "action.cancel": "Cancel",
  "action.open": "Open",
  "action.openNow": "Open it now",

  ago: "{time} ago",
  now: "just now",
  usually: "usually {time}",

  progress: "Progress",
  "progress.of": "Progress of {subject}",
  percent: "{n} percent",
  "stage.done": "done",
  "stage.current": "now",
  "stage.upcoming": "to come",
} as const;
