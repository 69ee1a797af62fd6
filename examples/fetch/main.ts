/** `npx tsx examples/fetch/main.ts`: the app on http://localhost:4403. */
import { createServer } from "node:http";
import { openWaymark } from "waymark";
import { toNodeHandler } from "waymark/http";
import { createApp, handleCountWords } from "./app.js";

const waymark = await openWaymark({ store: "memory:" });
waymark.work([handleCountWords]);
createServer(toNodeHandler(createApp(waymark).fetch)).listen(4403, () => console.log("http://localhost:4403"));
