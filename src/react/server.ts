/** `waymark/react` for servers: all parts are here from the start, so that every state renders in one go. */
import { giveList } from "./job-list.js";
import { List } from "./list.js";

giveList(List);

export * from "./index.js";
