/** `waymark doctor`: what it prints, and its exit codes. */
import path from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { defineJob } from "waymark";
import type { Finding } from "../../src/core/finding.js";
import { loadDriver } from "../../src/stores/sqlite/driver.js";
import { build, json, Place } from "./cli.js";

let place: Place;
beforeAll(build);
beforeEach(async () => {
  place = await Place.make();
});
afterEach(() => place.remove());

it("ends with 0 and says what it looked at when all is well; --quiet says only that", async () => {
  await place.waymark.enqueue(defineJob({ kind: "send-mail" }), 1);
  const ran = await place.run("doctor");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toMatch(/^✔ schema +All \d+ columns and indexes are as the migrations make them\.\n/);
  expect(ran.stdout).toMatch(/\n\nAll well\.\n$/);
  for (const line of ran.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect(await place.run("doctor", "-q")).toEqual({ code: 0, stdout: "All well.\n", stderr: "" });
});

it("ends with 1, a sentence and an advice for each thing that is worth a look", async () => {
  const database = await (await loadDriver())(path.join(place.folder, "data/waymark.db"));
  database.exec("drop index waymark_jobs_line");
  database.close();
  const ran = await place.run("doctor", "--quiet");
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/^✖ schema {2}missing: index waymark_jobs_line\.\n {10}→ Make them again/);
  expect(ran.stdout).toMatch(/\n\n1 thing worth a look\.\n$/);
  const { well, findings } = json<{ well: boolean; findings: Finding[] }>(await place.run("doctor", "--json"));
  expect(well).toBe(false);
  expect(findings.filter(({ level }) => level !== "ok")).toMatchObject([{ check: "schema", level: "problem" }]);
  expect(findings.length).toBeGreaterThan(8);
});
