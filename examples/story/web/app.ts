/** The routes of the demo: pages for people, the status API of Waymark below /api, and what starts a job. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { type Context, Hono } from "hono";
import type { JobReference, Waymark } from "waymark";
import type { HttpApi } from "waymark/http";
import { figuresCsv } from "./figures-csv.js";
import { fromOurPages, onThisMachine, secured } from "./guards.js";
import type { Visitor } from "./pages/layout.js";
import { gonePage, notFoundPage } from "./pages/missing.js";
import { processingPage } from "./pages/processing.js";
import { signInPage } from "./pages/sign-in.js";
import { startPage } from "./pages/start.js";
import { storiesPage } from "./pages/stories.js";
import { storyPage } from "./pages/story.js";
import { fileOf, type RehearsalChoice, SAMPLES } from "./samples.js";
import { type Sessions, USERS, type User } from "./session.js";
import type { TableInput } from "./story-jobs.js";
import type { Shelf } from "./story-shelf.js";
import { takeUpload, type Upload } from "./uploads.js";

export interface Parts {
  readonly waymark: Waymark;
  readonly sessions: Sessions;
  readonly shelf: Shelf;
  /** The status API. */
  readonly api: Pick<HttpApi, "fetch" | "accepted">;
  readonly uploads: string;
  readonly now: () => number;
  readonly enqueue: (input: TableInput, owner: string, metadata: Record<string, unknown>) => Promise<JobReference>;
  /** Those that whoever does the work can play. */
  readonly rehearsals: readonly RehearsalChoice[];
  readonly asset: (name: string, request: Request) => Response | null;
}

interface Known {
  readonly Variables: { readonly user: User };
}

export function createApp(parts: Parts): Hono<Known> {
  const { sessions, shelf, waymark } = parts;
  const app = new Hono<Known>();
  const visitorOf = (user: User): Visitor => ({ user, stories: shelf.count(user.id) });

  app.use(secured);
  app.use(onThisMachine);
  app.get("/assets/:name", (c) => parts.asset(c.req.param("name"), c.req.raw) ?? c.notFound());
  // Waymark guards its own routes; it needs the request as it came.
  app.all("/api/*", (c) => parts.api.fetch(c.req.raw));
  app.use(fromOurPages);

  app.get("/sign-in", (c) => c.html(signInPage(localPath(c.req.query("next")))));
  app.post("/sign-in", async (c) => {
    const { user: id, next } = await c.req.parseBody();
    const user = USERS.find((each) => each.id === id);
    if (user === undefined) return c.redirect("/sign-in", 303);
    c.header("set-cookie", sessions.signIn(user, parts.now()));
    return c.redirect(localPath(next), 303);
  });
  app.post("/sign-out", (c) => {
    c.header("set-cookie", sessions.signOut());
    return c.redirect("/sign-in", 303);
  });

  app.use(async (c, next) => {
    const user = sessions.userOf(c.req.raw);
    if (user !== null) {
      c.set("user", user);
      return next();
    }
    if (c.req.method !== "GET") return c.json({ message: "Sign in first." }, 401);
    return c.redirect(`/sign-in?next=${encodeURIComponent(new URL(c.req.url).pathname)}`, 303);
  });

  const missing = (c: Context<Known>) => c.html(notFoundPage(visitorOf(c.var.user)), 404);
  app.notFound((c) => (c.var.user === undefined ? c.text("Not found", 404) : missing(c)));

  app.get("/", (c) => c.html(startPage(visitorOf(c.var.user), parts.rehearsals)));
  app.post("/uploads", async (c) => {
    const upload = await takeUpload(c.req.raw, c.req.query("name") ?? "", parts.uploads);
    if ("refused" in upload)
      return c.json({ message: REFUSALS[upload.refused] }, upload.refused === "too_large" ? 413 : 422);
    return begin(c.var.user, upload);
  });
  app.post("/samples/:id", (c) => {
    const sample = SAMPLES.find(({ id }) => id === c.req.param("id"));
    if (sample === undefined) return missing(c);
    return begin(c.var.user, fileOf(sample), { rows: sample.rows });
  });
  app.post("/rehearsals/:id", async (c) => {
    const rehearsal = parts.rehearsals.find(({ id }) => id === c.req.param("id"));
    if (rehearsal === undefined) return missing(c);
    const file = rehearsal.id === "broken" ? await brokenFile(parts.uploads) : fileOf(SAMPLES[0]!);
    return begin(c.var.user, file, {}, { rehearsal: rehearsal.id });
  });

  app.get("/jobs/:id", async (c) => {
    const { user } = c.var;
    const found = await waymark.tracker.find(c.req.param("id"), { owner: user.id });
    if (found === null) return missing(c);
    if ("seq" in found) return c.html(processingPage(visitorOf(user), found));
    return c.html(gonePage(visitorOf(user), found.status, new Date(found.finishedAt)), 410);
  });

  app.get("/stories", (c) => c.html(storiesPage(visitorOf(c.var.user), shelf.list(c.var.user.id))));
  app.get("/stories/:id", async (c) => {
    const { user } = c.var;
    const id = c.req.param("id");
    const shelved = shelf.get(user.id, id);
    if (shelved !== null) return c.html(storyPage(visitorOf(user), shelved));
    // No story yet, or never: the job's own page says which, and hides what is not this user's.
    const found = await waymark.tracker.find(id, { owner: user.id });
    return found === null ? missing(c) : c.redirect(`/jobs/${found.jobId}`, 303);
  });
  app.get("/stories/:id/figures.csv", (c) => {
    const shelved = shelf.get(c.var.user.id, c.req.param("id"));
    if (shelved === null) return missing(c);
    c.header("content-type", "text/csv; charset=utf-8");
    c.header("content-disposition", 'attachment; filename="figures.csv"');
    return c.body(figuresCsv(shelved.story));
  });

  /** Answers at once; the work begins by itself. */
  async function begin(user: User, file: Upload, facts: Record<string, unknown> = {}, more: Partial<TableInput> = {}) {
    const { path, name, bytes } = file;
    const metadata = { fileName: name, bytes, storageKey: relative(".", path), ...facts };
    const ref = await parts.enqueue({ path, ...more }, user.id, metadata);
    return parts.api.accepted(ref);
  }
  return app;
}

const REFUSALS = {
  too_large: "That file is larger than 20 MB. Choose a smaller file or a part of it.",
  empty: "That file is empty. Choose one with a row of names and some rows below it.",
  not_a_csv: "That is not a CSV file. Choose one whose name ends in .csv, .tsv or .txt.",
} as const;

/** A path of this site, whatever was asked for. */
function localPath(given: unknown): string {
  return typeof given === "string" && /^\/(?![/\\])[\w\-./]*$/.test(given) ? given : "/";
}

/** A quotation mark opened and never closed. */
async function brokenFile(uploads: string): Promise<Upload> {
  const folder = resolve(uploads, "rehearsal");
  await mkdir(folder, { recursive: true });
  const path = join(folder, "sales-final-v2.csv");
  const text = 'month,shop,sales\nJanuary,North,1200\nFebruary,"South,900\nMarch,North,1310\n';
  await writeFile(path, text);
  return { path, name: "sales-final-v2.csv", bytes: text.length };
}
