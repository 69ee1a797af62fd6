/** The five real data sets that come with the demo, and four rehearsals of what may go wrong. */
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Rehearsal } from "./story-jobs.js";
import type { Upload } from "./uploads.js";

export interface Sample {
  readonly id: string;
  readonly file: string;
  readonly about: string;
  readonly rows: number;
}
export const SAMPLES: readonly Sample[] = [
  { id: "seattle-weather", file: "seattle-weather.csv", about: "Four years of daily weather", rows: 1_461 },
  { id: "birdstrikes", file: "birdstrikes.csv", about: "Aircraft and birds", rows: 10_000 },
  { id: "co2-concentration", file: "co2-concentration.csv", about: "Carbon dioxide since 1958", rows: 741 },
  { id: "disasters", file: "disasters.csv", about: "Natural disasters since 1900", rows: 803 },
  { id: "global-temp", file: "global-temp.csv", about: "Global temperature since 1880", rows: 144 },
];

export interface RehearsalChoice {
  readonly id: Rehearsal;
  readonly title: string;
  readonly about: string;
}
/** All run the weather of Seattle; what goes wrong, or slowly, is played. */
export const REHEARSALS: readonly RehearsalChoice[] = [
  { id: "slow", title: "Slow work", about: "About ten seconds, so that there is something to watch" },
  { id: "flaky", title: "A flaky step", about: "Fails twice, then works" },
  { id: "outage", title: "An outage", about: "Fails every time, until you try again" },
  { id: "broken", title: "A broken file", about: "Cannot be read, and says why" },
];

/** The data set's file, as if it had just been uploaded. */
export function fileOf({ file }: Sample): Upload {
  const entry = createRequire(import.meta.url).resolve("vega-datasets");
  const path = join(dirname(entry), "..", "data", file);
  return { path, name: file, bytes: statSync(path).size };
}
