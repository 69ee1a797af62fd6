/** What the component is told of this demo: how its stages are called, and which errors say all there is to say. */

export const STAGE_LABELS = {
  uploading: { name: "Uploading", phrase: "Reading your file" },
  analyzing: { name: "Analyzing", phrase: "Analyzing your data" },
  generating: { name: "Generating", phrase: "Generating the story" },
  visualizing: { name: "Visualizing", phrase: "Drawing the charts", count: "Chart {done} of {total}" },
} as const;

/** What is wrong with a file already says what to do about it (table/refuse.ts). */
export const FAILURES = Object.fromEntries(
  ["file_not_found", "empty_file", "not_a_csv", "too_large", "no_rows", "too_many_columns", "uneven_rows"].map(
    (code) => [code, { advice: "" }],
  ),
);
