/** `npx tsx examples/express/main.ts`: the app on http://localhost:4402. */
import { openWaymark } from "waymark";
import { createApp } from "./app.js";

const waymark = await openWaymark({ store: "memory:" });
createApp(waymark).app.listen(4402, () => console.log("http://localhost:4402"));
