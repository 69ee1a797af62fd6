/** Stores that have met a concurrency key: from then on their claims count slots, and an ending may free one. */
import type { Db } from "./db.js";

export const keyed: WeakSet<Db> = new WeakSet();
