/**
 * How soon a browser knows, and how many pollers a process bears: over HTTP on loopback, SQLite with synchronous=FULL,
 * server and worker in this process, the clients in another.
 *
 *   completion → event: a stream reader gets the status event, against the job's finishedAt (the same clock, 1 ms steps)
 *   304s per second: 100 connections poll one running job with its ETag, for 5 s, idle and beside a working queue
 *
 * Run: node scripts/build.mjs && node bench/http-live.mjs
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineJob, openWaymark } from "waymark";
import { createHttpApi, toNodeHandler } from "waymark/http";

const JOBS = 100;
const POLL_MS = 5_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

if (process.argv[2] === "stream") await readStreams(process.argv[3], process.argv.slice(4));
else if (process.argv[2] === "poll") await poll(process.argv[3]);
else await main();

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "waymark-http-bench-"));
  const waymark = await openWaymark({ store: `sqlite:${join(folder, "jobs.db")}` });
  const wait = defineJob({ kind: "wait" });
  const quick = defineJob({ kind: "quick" });
  let release = () => {};
  const held = new Promise((resolve) => (release = resolve));
  waymark.work([wait.handle((ms) => (ms === null ? held : sleep(ms))), quick.handle(() => null)], { concurrency: 50 });
  const api = createHttpApi({ waymark, authenticate: () => ({ owner: "ana", role: "owner" }), rateLimit: false });
  const server = createServer(toNodeHandler(api.fetch));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${server.address().port}/api`;

  const refs = [];
  for (let i = 0; i < JOBS; i++) refs.push(await waymark.enqueue(wait, 20, { owner: "ana", delay: 1_000 + i * 25 }));
  const delays = (await run("stream", base, ...refs.map((ref) => ref.jobId))).sort((a, b) => a - b);
  const at = (share) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))];
  console.log(JSON.stringify({ row: "completion → event", jobs: delays.length, p50Ms: at(0.5), p99Ms: at(0.99) }));

  const running = await waymark.enqueue(wait, null, { owner: "ana" });
  while ((await waymark.tracker.getStatusOnly(running)) !== "processing") await sleep(10);
  const url = `${base}/jobs/${running.jobId}`;
  console.log(JSON.stringify({ row: "304s per second, idle", ...(await run("poll", url)) }));
  let working = true;
  let done = 0;
  const load = (async () => {
    while (working) {
      const batch = await waymark.enqueueMany(
        quick,
        Array.from({ length: 200 }, () => null),
      );
      await Promise.all(batch.map((ref) => waymark.tracker.awaitCompletion(ref)));
      done += batch.length;
    }
  })();
  const beside = await run("poll", url);
  working = false;
  await load;
  console.log(JSON.stringify({ row: "304s per second, beside a working queue", ...beside, jobsDoneMeanwhile: done }));
  release();
  server.close();
  api.close();
  await waymark.close();
  rmSync(folder, { recursive: true, force: true });
}

function run(...args) {
  const child = spawn(process.execPath, [process.argv[1], ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  return new Promise((resolve, reject) =>
    child.on("exit", (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`exit ${code}`)))),
  );
}

async function readStreams(base, ids) {
  const delays = [];
  const response = await fetch(`${base}/events?ids=${ids.join(",")}`);
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const now = Date.now();
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      const status = data === undefined ? null : JSON.parse(data);
      if (status?.status === "completed") delays.push(now - Date.parse(status.finishedAt));
    }
    if (delays.length >= ids.length) break;
  }
  console.log(JSON.stringify(delays));
  process.exit(0);
}

async function poll(url) {
  const first = await fetch(url);
  let etag = first.headers.get("etag");
  await first.arrayBuffer();
  const end = performance.now() + POLL_MS;
  let unchanged = 0;
  const others = {};
  const one = async () => {
    while (performance.now() < end) {
      const answer = await fetch(url, { headers: { "if-none-match": etag } });
      await answer.arrayBuffer();
      if (answer.status === 304) unchanged++;
      else others[answer.status] = (others[answer.status] ?? 0) + 1;
      // A changed picture comes with its own tag, as a browser would keep it.
      etag = answer.headers.get("etag") ?? etag;
    }
  };
  await Promise.all(Array.from({ length: 100 }, one));
  console.log(JSON.stringify({ per_second: Math.round(unchanged / (POLL_MS / 1_000)), others }));
}
