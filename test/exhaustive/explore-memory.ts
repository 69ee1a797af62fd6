/** The search over the memory store: its code is what every state is made with. */
import { memoryStore } from "../../src/stores/memory/store.js";
import { type Exploration, explore } from "./explore.js";
import { type Chances, oneJob } from "./one-job.js";

export function exploreMemory(chances: Chances): Promise<Exploration> {
  return explore(() => oneJob((clock) => memoryStore({ clock }), chances));
}
