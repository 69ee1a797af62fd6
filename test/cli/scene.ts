/** The jobs that the examples of docs/cli.md are about: one done, one failed, one waiting, one in a paused queue. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { defineJob } from "waymark";
import { attempt, LIBRARY, Place } from "./cli.js";

const mail = defineJob({ kind: "send-mail", queue: "letters", stages: ["render", { name: "send", weight: 3 }] });
const resize = defineJob({ kind: "resize-image" });
const HANDLERS = `
  import { defineJob } from ${JSON.stringify(LIBRARY)};
  export default [defineJob({ kind: "resize-image" }).handle(() => ({ width: 800, height: 600 }))];
`;

export async function makeScene(): Promise<Place> {
  const place = await Place.make();
  const { waymark } = place;
  await waymark.enqueue(resize, { key: "cat" }, { owner: "mara", metadata: { file: "cat.png" } });
  await attempt(waymark, "resize-image", { result: { width: 800, height: 600 } });
  await waymark.enqueue(resize, { key: "notes" }, { owner: "mara", metadata: { file: "notes.txt" } });
  await attempt(waymark, "resize-image", {
    code: "not_an_image",
    message: "The file is not an image. Choose another one.",
  });
  await waymark.store.extend({
    worker: {
      workerId: "01900000-0000-7000-8000-000000000001",
      host: "media-2",
      pid: 4211,
      kinds: ["send-mail"],
      queues: null,
      concurrency: 10,
      running: 0,
      accepting: true,
    },
    leaseMs: 3_600_000,
    leases: [],
  });
  await waymark.enqueue(resize, { key: "dog" });
  await waymark.enqueue(mail, { to: "jan" }, { owner: "jan" });
  await waymark.pauseQueue("letters", { actor: "mara" });
  await writeFile(path.join(place.folder, "handlers.js"), HANDLERS);
  await writeFile(path.join(place.folder, "package.json"), '{ "type": "module" }');
  return place;
}
