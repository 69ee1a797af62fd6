/** What a page loads, bundled as its own builder would do it: without Node, and not heavier than it was meant to be. */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { describe, expect, it } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

/** [what a page imports, what it uses of it, gzipped bytes without React] */
const PAGES: [string, string, number][] = [
  ["client-web/index.ts", "createStatusClient", 6 * 1_024],
  ["react/index.ts", "createStatusClient, JobStatus, JobList, useJob", 21 * 1_024],
  ["element/index.ts", "WaymarkJob", 23 * 1_024],
];

interface Bundle {
  readonly code: string;
  readonly modules: readonly string[];
}

/** Everything a page reaches that uses `names` of `entry`; React stays outside. */
async function bundle(entry: string, names: string): Promise<Bundle> {
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
  return { code: chunks.map(({ code }) => code).join("\n"), modules: chunks.flatMap(({ moduleIds }) => moduleIds) };
}

describe("what a page loads", () => {
  it.each(PAGES)("of %s reaches no Node module and keeps its weight", async (entry, names, mostBytes) => {
    const { code, modules } = await bundle(entry, names);
    expect(modules.length).toBeGreaterThan(5);
    const alien = /^node:|browser-external|src\/(stores|worker|http|cli|testing)\//;
    expect(modules.filter((id) => alien.test(id))).toEqual([]);
    expect(code).not.toMatch(/from\s*["']node:|process\.env/);
    expect(gzipSync(code).length).toBeLessThanOrEqual(mostBytes);
  });
});
