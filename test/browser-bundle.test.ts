/** What a page loads, bundled as its own builder would do it: without Node, and not heavier than it was meant to be. */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { describe, expect, it } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

interface Page {
  readonly entry: string;
  /** What the page uses of it. */
  readonly names: string;
  /** Gzipped bytes of all that is there before anything can be shown, without React. */
  readonly atFirst: number;
  /** The same with all that may come later, in every language. */
  readonly inAll: number;
}
const PAGES: readonly Page[] = [
  { entry: "client-web/index.ts", names: "createStatusClient", atFirst: 5_000, inAll: 5_000 },
  { entry: "react/index.ts", names: "createStatusClient, JobStatus, JobList, useJob", atFirst: 12_000, inAll: 28_000 },
  { entry: "element/index.ts", names: "WaymarkJob", atFirst: 12_000, inAll: 28_000 },
];
/** What Vite puts into a page that loads anything later: once a page, and not ours. */
const LOADER = /preload-helper/;

interface Chunk {
  readonly code: string;
  readonly modules: readonly string[];
  readonly atFirst: boolean;
}

/** Everything a page reaches that uses `names` of `entry`; React stays outside. */
async function bundle({ entry, names }: Page, withLoader: boolean): Promise<Chunk[]> {
  const page = `import { ${names} } from ${JSON.stringify(at(entry))}; globalThis.page = [${names}];`;
  const built = await build({
    configFile: false,
    logLevel: "silent",
    plugins: [
      {
        name: "page",
        resolveId: (id) => (id === "virtual:page" ? id : null),
        load: (id) => (id === "virtual:page" ? page : null),
      },
      {
        name: "loader",
        enforce: "post",
        transform: (_code, id) =>
          !withLoader && LOADER.test(id) ? "export const __vitePreload = (load) => load();" : null,
      },
    ],
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rolldownOptions: { input: "virtual:page", external: /^react(-dom)?(\/|$)/ },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) => ("output" in each ? each.output : []));
  const chunks = outputs.flatMap((each) => (each.type === "chunk" ? [each] : []));
  const first = new Set<string>();
  const reach = (fileName: string): void => {
    if (first.has(fileName)) return;
    first.add(fileName);
    for (const next of chunks.find((chunk) => chunk.fileName === fileName)?.imports ?? []) reach(next);
  };
  for (const { fileName, isEntry } of chunks) if (isEntry) reach(fileName);
  return chunks.map(({ code, moduleIds, fileName }) => ({ code, modules: moduleIds, atFirst: first.has(fileName) }));
}

const weight = (chunks: readonly Chunk[]): number => chunks.reduce((sum, { code }) => sum + gzipSync(code).length, 0);

describe("what a page loads", () => {
  it.each(PAGES)("of $entry reaches no Node module and keeps its weight", async (page) => {
    const chunks = await bundle(page, false);
    const modules = chunks.flatMap((chunk) => chunk.modules);
    expect(modules.length).toBeGreaterThan(5);
    const alien = /^node:|browser-external|src\/(stores|worker|http|cli|testing)\//;
    expect(modules.filter((id) => alien.test(id))).toEqual([]);
    for (const { code } of chunks) expect(code).not.toMatch(/from\s*["']node:|process\.env/);
    const first = chunks.filter(({ atFirst }) => atFirst);
    expect(weight(first)).toBeLessThanOrEqual(page.atFirst);
    expect(weight(chunks)).toBeLessThanOrEqual(page.inAll);
    // All that an ordinary job needs is there at first: its view, its drawing, its words, and its line to the server.
    const needed = page.names.startsWith("createStatusClient,") ? ["plain-view", "card", "first-texts", "line"] : [];
    const there = first.flatMap((chunk) => chunk.modules).join("\n");
    expect(needed.filter((name) => !there.includes(`/${name}.ts`))).toEqual([]);
  });

  it("with Vite's own loader of later parts weighs no more than 0.8 kB more", async () => {
    const page = PAGES[1]!;
    const first = async (withLoader: boolean): Promise<number> =>
      weight((await bundle(page, withLoader)).filter(({ atFirst }) => atFirst));
    expect((await first(true)) - (await first(false))).toBeLessThanOrEqual(800);
  });
});
