/** Opens a store, which brings its schema up to date, and closes it: `node migrator.mjs '{ "url", "options" }'`. */
import { openWaymark } from "waymark";

const { url, options } = JSON.parse(process.argv[2]);
process.stdout.write(`${JSON.stringify({ opening: true })}\n`);
const waymark = await openWaymark({ store: url, storeOptions: options });
await waymark.close();
process.exit(0);
