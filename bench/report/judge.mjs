/** Holds the results against a goal. */
import { best, limitSeries, middle, ownSeries, peerSeries, ratioOf } from "./data.mjs";

/**
 * @returns what was measured, what it is held against and who that is, their ratio, and whether it is reached; null for
 *   each that was not measured
 */
export function judge(data, goal) {
  const { measured, rival, who } = sides(data, goal);
  const value = middle(measured);
  const runs = measured.size;
  if (goal.kind === "bound")
    return { value, runs, against: null, who: null, ratio: null, reached: within(goal, value) };
  const ratio = rival === null ? null : ratioOf(measured, rival);
  return { value, runs, against: rival === null ? null : middle(rival), who, ratio, reached: within(goal, ratio) };
}

function sides(data, goal) {
  if (goal.kind !== "peers") {
    const limit = limitSeries(data, ...goal.ask);
    return { measured: ownSeries(data, ...goal.ask), rival: limit.size === 0 ? null : limit, who: "limit" };
  }
  const of = (peer) => peerSeries(data, peer, ...goal.ask);
  const ahead = best(
    goal.rivals.map((who) => ({ who, measured: of(who) })),
    goal.better,
  );
  return { measured: of(goal.us), rival: ahead?.measured ?? null, who: ahead?.who ?? null };
}

function within({ ratio, bound, better }, value) {
  if (value === null) return null;
  const wanted = ratio ?? bound;
  return better === "more" ? value >= wanted : value <= wanted;
}
