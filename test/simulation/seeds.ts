/** The program of one process of `npm run simulate`: lives through the seeds its parent names, and says what it found. */
import { simulate } from "./simulate.js";

/** What the parent asks for. */
interface Stint {
  readonly from: number;
  readonly count: number;
  /** Answer the whole trace. */
  readonly trace: boolean;
}

/** One seed in so many is lived through twice, and must make the same trace. */
const AGAIN_EVERY = 100;

async function liveThrough({ from, count, trace }: Stint) {
  const violations: string[] = [];
  const lines: string[] = [];
  let repeated = 0;
  for (let seed = from; seed < from + count; seed++) {
    const life = await simulate(seed);
    violations.push(...life.violations);
    if (trace) lines.push(...life.trace, `seed ${seed}: ${life.hash}`);
    if (seed % AGAIN_EVERY !== 0) continue;
    repeated++;
    const { hash } = await simulate(seed);
    if (hash !== life.hash) violations.push(`seed ${seed}: made the trace ${life.hash}, then ${hash}`);
  }
  return { count, repeated, violations, lines };
}

process.on("message", (stint: Stint) => {
  void liveThrough(stint).then((found) => process.send?.(found));
});
