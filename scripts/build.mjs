/** `npm run build`: brings dist/ (the package) and dist-examples/ (what `npm start` runs) up to date. */
import { ensureExamplesBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";

const ready = (await ensureInstalled()) && (await ensureExamplesBuilt());
process.exitCode = ready ? 0 : 1;
