/** Bundles what the demo's pages load: one script and one style sheet, with fixed names, for the server to hand out. */
import path from "node:path";
import { build } from "vite";
import { root } from "./run.mjs";

/** @param {string} out  the folder of the compiled examples */
export async function buildPages(out) {
  // A build turns the whole process to production; the tests that follow in it must see React as developers do.
  const before = process.env.NODE_ENV;
  try {
    await bundle(out);
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

async function bundle(out) {
  const client = path.join(root, "examples/story/web/client");
  await build({
    root: client,
    configFile: false,
    logLevel: "warn",
    // As in any page of a user, the library comes from its build, by its public entries.
    build: {
      outDir: path.join(out, "story/web/public"),
      emptyOutDir: true,
      modulePreload: false,
      rollupOptions: {
        input: path.join(client, "app.ts"),
        output: { entryFileNames: "app.js", chunkFileNames: "[name].js", assetFileNames: "app[extname]" },
      },
    },
  });
}
