/** The parts of the web demo that need no browser: who is here, what is taken, where stories stand, how charts are drawn. */
import { mkdtemp, readdir, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Story } from "../../examples/story/story.js";
import { figuresCsv } from "../../examples/story/web/figures-csv.js";
import { chartFigure } from "../../examples/story/web/pages/charts.js";
import { scaleOf } from "../../examples/story/web/pages/scale.js";
import { openSessions, USERS } from "../../examples/story/web/session.js";
import { openShelf } from "../../examples/story/web/story-shelf.js";
import { clearOldUploads, MAX_BYTES, safeName, takeUpload } from "../../examples/story/web/uploads.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "story-web-parts-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const STORY: Story = {
  title: "=SUM(A1)",
  lede: "",
  file: { name: "a.csv", bytes: 1 },
  rows: 2,
  columns: [
    {
      type: "text",
      name: "=cmd|' /C calc'!A0",
      missing: 0,
      chart: null,
      distinct: 1,
      top: [{ value: 'a "b", c', count: 2 }],
    },
  ],
  findings: [],
  notes: [],
};

describe("sessions", () => {
  const [ada] = USERS;
  const withCookie = (cookie: string): Request => new Request("http://localhost/", { headers: { cookie } });

  it("a signed cookie says who it is, also after a restart; a changed or old one says nothing", async () => {
    let now = 1_000;
    const sessions = await openSessions(folder, () => now);
    const given = sessions.signIn(ada!, now);
    expect(given).toMatch(/; HttpOnly; SameSite=Lax$/);
    const cookie = given.split(";")[0]!;
    expect(sessions.userOf(withCookie(cookie))?.id).toBe("ada");
    expect((await openSessions(folder, () => now)).userOf(withCookie(`a=b; ${cookie}`))?.id).toBe("ada");
    for (const forged of [cookie.replace("ada", "ben"), `${cookie}x`, cookie.replace(/\.\d+\./, ".9999999999999."), ""])
      expect(sessions.userOf(withCookie(forged))).toBeNull();
    now += 31 * 24 * 60 * 60 * 1_000;
    expect(sessions.userOf(withCookie(cookie))).toBeNull();
  });

  it("another folder has another key", async () => {
    const other = await mkdtemp(join(tmpdir(), "story-web-parts-"));
    const [here, there] = await Promise.all([openSessions(folder, () => 0), openSessions(other, () => 0)]);
    expect(there.userOf(withCookie(here.signIn(ada!, 0).split(";")[0]!))).toBeNull();
    await rm(other, { recursive: true });
  });
});

describe("the shelf", () => {
  it("E5 a story is put up once and counted once, however often and by whomever it is brought", async () => {
    const path = join(folder, "stories.db");
    const shelves = await Promise.all([openShelf(path), openShelf(path)]);
    const added = [0, 1, 0, 1].map((i) =>
      shelves[i]!.add("ada", { jobId: "job-1", story: STORY, madeAt: new Date(i) }),
    );
    expect(added).toEqual([true, false, false, false]);
    expect(shelves[0].add("ada", { jobId: "job-2", story: STORY, madeAt: new Date(5) })).toBe(true);
    expect(shelves[1].count("ada")).toBe(2);
    expect(shelves[1].list("ada").map(({ jobId }) => jobId)).toEqual(["job-2", "job-1"]);
    expect(shelves[1].get("ada", "job-1")).toEqual({ jobId: "job-1", story: STORY, madeAt: new Date(0) });
    for (const shelf of shelves) shelf.close();
  });

  it("E2 nobody sees another person's stories", async () => {
    const shelf = await openShelf(join(folder, "stories.db"));
    shelf.add("ada", { jobId: "job-1", story: STORY, madeAt: new Date(0) });
    expect([shelf.get("ben", "job-1"), shelf.list("ben"), shelf.count("ben")]).toEqual([null, [], 0]);
    shelf.close();
  });
});

describe("uploads", () => {
  const post = (body: string): Request => new Request("http://localhost/uploads", { method: "POST", body });
  const endless = (): Request => {
    const body = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(1_000_000)) });
    return new Request("http://localhost/uploads", { method: "POST", body, duplex: "half" });
  };

  it("a file keeps its name in a folder of its own", async () => {
    const upload = await takeUpload(post("a,b\n1,2\n"), "C:\\temp\\my table.csv", folder);
    expect(upload).toMatchObject({ name: "my table.csv", bytes: 8 });
    expect(await readFile("path" in upload ? upload.path : "", "utf8")).toBe("a,b\n1,2\n");
  });

  it("what is too large is broken off, and nothing of what was refused stays", async () => {
    expect(await takeUpload(endless(), "a.csv", folder)).toEqual({ refused: "too_large" });
    expect(await takeUpload(post(""), "a.csv", folder)).toEqual({ refused: "empty" });
    expect(await takeUpload(post("x"), "a.exe", folder)).toEqual({ refused: "not_a_csv" });
    expect(await readdir(folder)).toEqual([]);
    expect(MAX_BYTES).toBe(20_000_000);
  });

  it.each([
    ["../../etc/passwd.csv", "passwd.csv"],
    ["..csv", "table.csv"],
    ["a\u0000b\u202e.csv", "ab.csv"],
    [`${"x".repeat(300)}.csv`, `${"x".repeat(60)}.csv`],
    ["Umsätze 2026.csv", "Umsätze 2026.csv"],
    ["", "table"],
  ])("the name %j becomes %j", (given, name) => expect(safeName(given)).toBe(name));

  it("old files go, new ones stay", async () => {
    await takeUpload(post("a"), "old.csv", folder);
    const [old] = await readdir(folder);
    await utimes(join(folder, old!), 0, 0);
    await takeUpload(post("b"), "new.csv", folder);
    await clearOldUploads(folder, Date.now());
    expect(await readdir(folder)).toHaveLength(1);
    expect(await readdir(folder)).not.toContain(old);
  });
});

describe("figures as CSV", () => {
  it("U5 what looks like a formula is text, and quotes are doubled", () => {
    const [head, row] = figuresCsv(STORY).split("\r\n");
    expect(head).toMatch(/^column,type,/);
    expect(row).toMatch(/^'=cmd\|' \/C calc'!A0,text,0,1,/);
    expect(row).toContain('"a ""b"", c (2)"');
  });
});

describe("charts", () => {
  it.each([
    [[3, 97], true, [0, 50, 100]],
    [[-8, 9.5], true, [-10, -5, 0, 5, 10]],
    [[15.3, 17.4], false, [15, 16, 17, 18]],
    [[0.0012, 0.0049], true, [0, 0.002, 0.004, 0.006]],
    [[7], false, [6, 8]],
  ] as const)("the axis of %j has round ticks that hold all", (values, fromZero, ticks) => {
    const scale = scaleOf(values, fromZero);
    expect(scale.ticks.map((tick) => Number(tick.toPrecision(6)))).toEqual(ticks);
    for (const value of values) {
      expect(scale.down(value)).toBeGreaterThanOrEqual(0);
      expect(scale.down(value)).toBeLessThanOrEqual(100);
    }
  });

  it("U4 names from a file are escaped, in the drawing, its sentence and its table", async () => {
    const evil = '<img src=x onerror="alert(1)">';
    const bars = { type: "bars", title: evil, labels: [evil, "b"], values: [1, 2] } as const;
    const points = { type: "points", title: evil, x: evil, y: evil, joined: false, points: [[1, 2]] } as const;
    for (const chart of [bars, points, { ...points, joined: true }]) {
      expect(`${await chartFigure(chart, "groups", "f1")}`).not.toContain("<img");
    }
  });
});
