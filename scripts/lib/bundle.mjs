/** Makes one file of a program of the tests: loading its parts one by one through a compiler would cost seconds. */
import path from "node:path";
import { build } from "vite";
import { root } from "./run.mjs";

/**
 * @param {string} program  a TypeScript file, from the root of the repository
 * @param {string} outDir   where to put it
 * @param {{ packages?: boolean }} [options]  whether packages go into it too; default true
 * @returns {Promise<string>} the file to run
 */
export async function bundle(program, outDir, { packages = true } = {}) {
  await build({
    root,
    configFile: false,
    logLevel: "error",
    build: { ssr: path.join(root, program), outDir, emptyOutDir: false, minify: false, target: "node20" },
    ssr: { noExternal: packages ? true : [] },
  });
  return path.join(outDir, `${path.basename(program, ".ts")}.js`);
}
