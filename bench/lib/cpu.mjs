/** CPU time of other processes, from Linux's /proc. Null where there is none. */
import { readdirSync, readFileSync } from "node:fs";

/** Of /proc: hundredths of a second on every common Linux. */
const TICKS_PER_SECOND = 100;

function processes() {
  const all = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = text
        .slice(text.lastIndexOf(")") + 2)
        .split(" ")
        .map(Number);
      // Its own time and that of its children that have ended.
      all.set(Number(name), { parent: fields[1], ticks: fields[11] + fields[12] + fields[13] + fields[14] });
    } catch {
      // It ended between the two looks.
    }
  }
  return all;
}

/** Seconds of CPU that a process and all below it have used. */
export function cpuSeconds(pid) {
  if (process.platform !== "linux" || pid === null) return null;
  const all = processes();
  const below = (parent) =>
    [...all].reduce((sum, [id, each]) => (each.parent === parent ? sum + each.ticks + below(id) : sum), 0);
  const own = all.get(pid);
  return own === undefined ? null : (own.ticks + below(pid)) / TICKS_PER_SECOND;
}

export const parentOf = (pid) => (process.platform === "linux" ? (processes().get(pid)?.parent ?? null) : null);
