/**
 * A worker in a process of its own: `node worker.mjs '{ "url", "options", "ledger", "work", "handlers" }'`. It runs the
 * build in dist/, tells `ready` on standard output, keeps the ledger, stops on SIGTERM, and ends when its parent is gone.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openWaymark } from "waymark";
import { openLedger } from "./ledger.mjs";

const { url, options = {}, ledger, work = {}, handlers = ["plain"], retention } = JSON.parse(process.argv[2]);
const note = openLedger(ledger);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

const sets = await Promise.all(handlers.map((name) => import(`./handlers/${name}.mjs`)));
const waymark = await openWaymark({
  store: url,
  storeOptions: options,
  migrate: "check",
  logger: silent,
  ...(retention === undefined ? {} : { retention }),
});

waymark.on((event) => {
  if (event.type === "ended") {
    const { jobId, fence, status, errorCode, late } = event;
    note("acked", { jobId, fence, status, errorCode, late });
  } else if (event.type === "lease_lost") note("lost", { jobId: event.jobId, fence: event.fence });
  else if (event.type === "trouble") {
    const { part, error, jobId } = event;
    note("trouble", { part, code: error?.code, error: String(error?.message ?? error).slice(0, 300), jobId });
  }
});

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const worker = waymark.work(
  sets.flatMap((set) => set.handlers({ note, waymark })),
  work,
);

const end = async () => {
  const lagMs = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
  await worker.stop();
  await waymark.close();
  tell({ stopped: true, lagMs });
  process.exit(0);
};
process.on("SIGTERM", () => void end());
// Whoever started this is gone.
process.stdin.on("end", () => process.exit(3));
process.stdin.on("data", (chunk) => {
  for (const ping of chunk.toString().split("\n").filter(Boolean)) tell({ [ping]: true });
});
tell({ ready: worker.workerId });
