/**
 * How other queues on PostgreSQL behave in two tests of the fault kit: a result that comes after its worker was taken for
 * dead, and an error message with a NUL in it. Prints what was seen, and judges nothing.
 *
 *   node test/faults/peers/peers.mjs FOLDER POSTGRES_URL [QUEUE…]
 *
 * FOLDER has pg-boss and graphile-worker installed; a database is made for each test and dropped. Build Waymark first.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { queues } from "./queues.mjs";

const [folder, serverUrl, ...only] = process.argv.slice(2);
const WORKER = fileURLToPath(new URL("./worker.mjs", import.meta.url));
const NAMES = ["pg-boss", "graphile-worker", "waymark"];
/** Longer than the lease of the queues that have one. */
const FREEZE_MS = 6_000;
const PATIENCE_MS = 30_000;
const say = (text) => process.stdout.write(`${text}\n`);

async function inDatabase(name, title, test) {
  const database = `peers_${name.replaceAll("-", "_")}_${process.pid}`;
  const admin = new pg.Client(serverUrl);
  await admin.connect();
  await admin.query(`create database "${database}"`);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  const workers = [];
  const start = async (role) => {
    const worker = startWorker(url.href, name, role);
    workers.push(worker);
    await worker.line("ready");
    return worker;
  };
  const queue = await (await queues(folder, url.href))[name].open();
  try {
    say(`\n${name}: ${title}`);
    await test({ queue, start });
  } catch (error) {
    say(`  the test did not come to its end: ${error.message}`);
  } finally {
    for (const { child } of workers) child.kill("SIGKILL");
    await queue.close().catch(() => {});
    await dropped(admin, database);
    await admin.end();
  }
}

/** Killed workers' sessions end when the server notices. */
async function dropped(admin, database) {
  for (let tries = 0; tries < 20; tries++) {
    try {
      return await admin.query(`drop database "${database}"`);
    } catch {
      await sleep(250);
    }
  }
}

async function lateCompletion({ queue, start }) {
  const first = await start("first");
  const id = await queue.enqueue("nap");
  await first.line("began");
  first.child.kill("SIGSTOP");
  await sleep(FREEZE_MS);
  await queue.declareLost("nap", id);
  const second = await start("second");
  await second.line("began");
  say(`  the second worker has begun:              ${await queue.state("nap", id)}`);
  first.child.kill("SIGCONT");
  await first.line("ended");
  await sleep(700);
  say(`  the first woke and returned its result:   ${await queue.state("nap", id)}`);
  await second.line("ended");
  await sleep(1_500);
  say(`  the second has ended:                     ${await queue.state("nap", id)}`);
}

async function nulInMessage({ queue, start }) {
  const worker = await start("first");
  const id = await queue.enqueue("nul");
  await worker.line("began");
  for (const seconds of [1, 5, 10]) {
    await sleep(1_000 * (seconds === 1 ? 1 : 5));
    say(`  about ${String(seconds).padStart(2)} s after the handler threw:        ${await queue.state("nul", id)}`);
  }
  say(`  the worker's process is ${worker.child.exitCode === null ? "alive" : `gone (${worker.child.exitCode})`}`);
}

function startWorker(url, name, role) {
  const child = spawn(process.execPath, [WORKER, folder, url, name, role], { stdio: ["ignore", "pipe", "inherit"] });
  const told = [];
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text);
    told.push(line);
    if ("unhandled" in line) say(`  (unhandled in the worker: ${line.unhandled})`);
    for (const { key, resolve } of waiting) if (key in line) resolve(line);
  });
  child.on("exit", (code) => {
    for (const { reject } of waiting) reject(new Error(`the worker ended (${code})`));
  });
  const line = (key) => {
    const known = told.find((one) => key in one);
    if (known !== undefined) return Promise.resolve(known);
    const late = sleep(PATIENCE_MS, undefined, { ref: false }).then(() => {
      throw new Error(`the ${role} worker never told "${key}"`);
    });
    return Promise.race([late, new Promise((resolve, reject) => waiting.push({ key, resolve, reject }))]);
  };
  return { child, line };
}

for (const name of only.length > 0 ? only : NAMES) {
  await inDatabase(name, "a result that comes while another worker has the job", lateCompletion);
  await inDatabase(name, "a handler throws an error with a NUL in it, and no retry is left", nulInMessage);
}
process.exit(0);
