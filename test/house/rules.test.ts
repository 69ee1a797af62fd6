/** Each house rule fails once on a bad sample, and lets a good one pass: a rule that cannot fail protects nothing. */
import { beforeAll, describe, expect, it } from "vitest";
import { lint } from "./bad-house.js";

/** [what the rule says, file, source, part of the complaint] */
const BAD: [string, string, string, RegExp][] = [
  ["core imports only core", "src/core/a.ts", 'export { b } from "../stores/memory/b.js";', /core is pure/],
  ["core imports no Node module", "src/core/b.ts", 'import fs from "node:fs"; export const x = fs;', /core is pure/],
  ["core imports no package", "src/core/c.ts", 'import type { Pool } from "pg"; export type P = Pool;', /core is pure/],
  ["core loads nothing lazily", "src/core/d.ts", 'export const x = () => import("node:fs");', /core is pure/],
  ["core names no outside type", "src/core/e.ts", 'export type X = import("../worker/w.js").W;', /core is pure/],
  ["a store imports no worker", "src/stores/sqlite/a.ts", 'export { w } from "../../worker/w.js";', /a store knows/],
  ["a store imports no other store", "src/stores/memory/a.ts", 'export { p } from "../sqlite/p.js";', /a store knows/],
  ["the tracker imports no worker", "src/tracker.ts", 'export { w } from "./worker/w.js";', /read side/],
  ["the tracker imports no store", "src/tracker/a.ts", 'export { s } from "../stores/sqlite/s.js";', /read side/],
  ["the client imports no store", "src/client.ts", 'export { s } from "./stores/memory/s.js";', /store contract/],
  ["the recorder imports no store", "src/recorder.ts", 'export { s } from "./stores/memory/s.js";', /store contract/],
  ["a worker imports no store", "src/worker/a.ts", 'export { s } from "../stores/postgres/s.js";', /store contract/],
  ["test tools import no store", "src/testing/a.ts", 'export { s } from "../stores/memory/s.js";', /public parts/],
  ["nobody imports the command line", "src/index.ts", 'export { m } from "./cli/main.js";', /without the command line/],
  ["nobody imports the command line", "src/http/api.ts", 'export { m } from "../cli/main.js";', /what outsiders/],
  ["an adapter imports no store", "src/http/b.ts", 'export { s } from "../stores/memory/s.js";', /what outsiders/],
  ["the status client knows no component", "src/client-web/a.ts", 'export { c } from "../view/c.js";', /no component/],
  [
    "the status client knows no Node",
    "src/client-web/b.ts",
    'import fs from "node:fs"; export const x = fs;',
    /in browsers/,
  ],
  ["what is shown knows no React", "src/view/a.ts", 'import type { R } from "react"; export type X = R;', /data alone/],
  ["a component knows no server", "src/react/a.ts", 'export { a } from "../http/api.js";', /no server code/],
  ["an example imports no source", "examples/a/main.ts", 'export { o } from "../../src/index.js";', /public entries/],
  ["waymark loads without drivers", "src/waymark.ts", 'import pg from "pg"; export const x = pg;', /import\(\) where/],
  ["time comes from the Clock", "src/worker/b.ts", "export const x = Date.now();", /Date\.now belongs in/],
  ["time comes from the Clock", "src/worker/c.ts", "export const x = new Date();", /new Date\(\) without/],
  ["time comes from the Clock", "src/worker/d.ts", "setTimeout(() => {}, 1);", /setTimeout belongs in/],
  ["time comes from the Clock", "src/worker/e.ts", "globalThis.setInterval(() => {}, 1);", /setInterval belongs in/],
  ["time comes from the Clock", "src/worker/f.ts", 'export { setTimeout } from "node:timers/promises";', /timers/],
  ["chance comes from the Clock", "src/worker/g.ts", "export const x = Math.random();", /Math\.random belongs in/],
  ["only the command line reads the environment", "src/worker/h.ts", "export const x = process.env;", /Only src\/cli/],
  [
    "only the command line reads the environment",
    "src/worker/i.ts",
    'export { env } from "node:process";',
    /Only src\/cli/,
  ],
  ["no cycles", "src/worker/j.ts", 'import { k } from "./k.js"; export const j = () => k;', /cycle/i],
];

const GOOD: [string, string][] = [
  ["src/worker/k.ts", 'import { j } from "./j.js"; export const k = () => j;'],
  ["src/core/good.ts", 'export { x } from "./good-part.js";\nexport const at = new Date(0);'],
  ["src/core/good-part.ts", "export const x = 1;"],
  ["src/core/clock.ts", "export const now = Date.now(); setTimeout(() => {}, 1); export const r = Math.random();"],
  [
    "src/stores/sqlite/good.ts",
    'import fs from "node:fs"; import "../../core/good.js"; export { m } from "../migrate.js"; export const f = fs;',
  ],
  [
    "src/stores/postgres/good.ts",
    'import type { Pool } from "pg"; export const f = () => import("pg"); export type P = Pool;',
  ],
  ["src/stores/open.ts", 'export { s } from "./sqlite/good.js";'],
  ["src/tracker/good.ts", 'export { x } from "../core/good.js";'],
  ["src/worker/good.ts", 'export { x } from "../core/good.js";'],
  ["src/testing/good.ts", 'import { it } from "vitest"; export { x } from "../core/good.js"; export const t = it;'],
  ["src/cli/good.ts", 'export { s } from "../stores/sqlite/good.js"; export const e = process.env;'],
  [
    "examples/b/main.ts",
    'import { openWaymark } from "waymark"; export { p } from "./part.js"; export const o = openWaymark;',
  ],
];

/** Complaints about made-up names are not what is tested here. */
const RULES = /^(waymark|import\(no-cycle|eslint-plugin-import\(no-cycle)/;

describe("house rules", () => {
  let said: Map<string, string[]>;
  beforeAll(async () => {
    said = await lint(Object.fromEntries([...BAD.map(([, file, source]) => [file, source]), ...GOOD]));
  });

  it.each(BAD)("%s (%s)", (_rule, file, _source, complaint) => {
    expect((said.get(file) ?? []).filter((each) => RULES.test(each)).join("\n")).toMatch(complaint);
  });

  it.each(GOOD.filter(([file]) => file !== "src/worker/k.ts"))("%s is in order", (file) => {
    expect((said.get(file) ?? []).filter((each) => RULES.test(each))).toEqual([]);
  });
});
