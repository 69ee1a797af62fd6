/** The committed results, and the questions the document asks of them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../lib/measure.mjs";

export const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

/** @returns everything in a folder of result files. @throws when a file holds quick figures, which mean nothing */
export function readResults(folder = RESULTS) {
  const own = [];
  const peers = [];
  const environments = [];
  const peerFiles = [];
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    if (!name.endsWith(".json")) continue;
    const file = JSON.parse(readFileSync(path.join(folder, name), "utf8"));
    if (file.quick) throw new Error(`${name} holds quick figures; the document takes none of them`);
    if (file.from === "peers") {
      peers.push(...file.entries);
      peerFiles.push({ name, at: file.at, node: file.node, versions: file.versions });
    } else {
      own.push(...file.entries);
      environments.push({ name, ...file.environment });
    }
  }
  return { own, peers, environments, peerFiles };
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** A series: what each run measured. `Map` of run to value. */
const series = (entries, value) =>
  new Map(entries.map((entry) => [entry.run, value(entry)]).filter(([, each]) => typeof each === "number"));

export const ownSeries = ({ own }, store, row, figure) =>
  series(
    own.filter((entry) => entry.store === store && entry.row === row && entry.figure === figure),
    ({ value }) => value,
  );

export const limitSeries = ({ own }, store, row, figure) =>
  series(
    own.filter((entry) => entry.store === store && entry.row === row && entry.figure === figure),
    ({ limit }) => limit,
  );

export const peerSeries = ({ peers }, peer, bench, opt, field) =>
  series(
    peers.filter(
      (entry) =>
        entry.peer === peer &&
        entry.profile === "tuned" &&
        entry.bench === bench &&
        same(entry.opt, opt) &&
        !entry.error,
    ),
    (entry) => entry[field],
  );

export const middle = (measured) => median([...measured.values()]);

/** The median of the ratios within each run that both took part in; null when there was none. */
export function ratioOf(measured, against) {
  const ratios = [...measured].filter(([run]) => against.has(run)).map(([run, value]) => value / against.get(run));
  return median(ratios);
}

/** Who of the peers was best, by its median. Null when none was measured. */
export function best(candidates, better) {
  const known = candidates.filter(({ measured }) => measured.size > 0);
  const ranked = known.sort((a, b) => (middle(a.measured) - middle(b.measured)) * (better === "more" ? -1 : 1));
  return ranked[0] ?? null;
}
