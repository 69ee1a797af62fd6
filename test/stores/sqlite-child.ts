/** Run as a process of its own by the tests: `open PATH` opens the store once; `write PATH` enqueues until it is killed. */
import { sqliteStore } from "../../src/stores/sqlite/store.js";
import { newJobs } from "./sqlite-jobs.js";

const [, , what, path] = process.argv;
const store = await sqliteStore({ path: path! });
if (what === "open") {
  const [job] = newJobs(process.pid, 0, 1);
  await store.enqueue([job!]);
  await store.close();
  process.stdout.write("opened\n");
} else {
  for (let round = 0; ; round++) {
    const jobs = newJobs(process.pid, round, 20);
    await Promise.all(jobs.map(async (job) => store.enqueue([job])));
    // Only what was acknowledged is told.
    process.stdout.write(jobs.map((job) => `${job.jobId}\n`).join(""));
  }
}
