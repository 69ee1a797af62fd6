/** A map of plain objects and a line of them, each job awaited: no status, no trail, no fence. */
import { callers, median, now, perSecond } from "../lib/measure.mjs";
import { CALLERS } from "../lib/settings.mjs";

function queue() {
  const jobs = new Map();
  const line = [];
  const add = async (payload) => {
    const job = { id: globalThis.crypto.randomUUID(), state: 0, payload, result: null, at: Date.now() };
    jobs.set(job.id, job);
    line.push(job);
    return job.id;
  };
  const drain = async () => {
    for (const job of line) {
      job.state = 1;
      job.result = await job.payload;
      job.state = 2;
    }
  };
  return { jobs, add, drain };
}

async function enqueue({ sizes }) {
  const { add } = queue();
  const alone = await callers(1, sizes.boxMs, () => add({ i: 1 }));
  const many = await callers(CALLERS, sizes.boxMs, () => add({ i: 1 }));
  const bulks = [];
  for (let run = 0; run < 3; run++) {
    const start = now();
    await Promise.all(Array.from({ length: sizes.bulk }, () => add({ i: 1 })));
    bulks.push(perSecond(sizes.bulk, now() - start));
  }
  return { "one at a time": alone, "100 callers": many, "bulk of 10,000": median(bulks) };
}

async function drain({ sizes }) {
  const rate = async (count) => {
    const { add, drain } = queue();
    for (let i = 0; i < count; i++) await add({ i });
    const start = now();
    await drain();
    return perSecond(count, now() - start);
  };
  return { "20,000, one process": await rate(sizes.drain), "100,000, one process": await rate(sizes.longDrain) };
}

async function status({ sizes }) {
  const { jobs, add } = queue();
  const ids = [];
  for (let i = 0; i < sizes.stored; i++) ids.push(await add({ i }));
  const read = async () => ({ ...jobs.get(ids[Math.floor(Math.random() * ids.length)]) });
  return {
    "one at a time": await callers(1, sizes.boxMs, read),
    "100 callers": await callers(CALLERS, sizes.boxMs, read),
  };
}

export const MEMORY_LIMITS = { enqueue, drain, status };
