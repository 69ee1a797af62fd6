/** The peers harness's lines, as this repository keeps them: what was measured, without what was only said. */

/** Of a line, besides its figures. */
const ABOUT = ["at", "peer", "profile", "bench", "opt"];

/**
 * @param text  the harness's results.jsonl
 * @param since  lines before this instant (ISO 8601) belong to others
 * @param firstRun  above 1 where these go on with the runs of another file
 * @returns one entry for each line: `run` counts the lines of the same kind; a failed one has an `error`
 */
export function takePeerResults(text, since = "", firstRun = 1) {
  const runs = new Map();
  const entries = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const row = JSON.parse(line);
    if (row.at < since) continue;
    const { peer, profile, bench, opt } = row;
    const key = JSON.stringify([peer, profile, bench, opt]);
    const run = (runs.get(key) ?? firstRun - 1) + 1;
    runs.set(key, run);
    const figures = Object.entries(row).filter(([name, value]) => !ABOUT.includes(name) && typeof value === "number");
    entries.push({
      run,
      peer,
      profile,
      bench,
      opt,
      ...Object.fromEntries(figures),
      ...(row.capped ? { capped: true } : {}),
      ...(row.ok ? {} : { error: String(row.error).slice(0, 200) }),
    });
  }
  return entries;
}
