/** Makes one file of a program of the tests: loading its parts one by one through a compiler would cost seconds. */
import path from "node:path";
import { build } from "vite";
import { root } from "./run.mjs";

/**
 * @param {string} program  a TypeScript file, from the root of the repository
 * @param {string} outDir   where to put it
 * @returns {Promise<string>} the file to run
 */
export async function bundle(program, outDir) {
  await build({
    root,
    configFile: false,
    logLevel: "error",
    build: { ssr: path.join(root, program), outDir, emptyOutDir: false, minify: false, target: "node20" },
    ssr: { noExternal: true },
  });
  return path.join(outDir, `${path.basename(program, ".ts")}.js`);
}
