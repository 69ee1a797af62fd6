/** A process that has done what it wanted ends by itself, and well. */
import { spawn } from "node:child_process";
import { afterAll, expect, it } from "vitest";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

afterAll(dropSchemas);

const PROGRAM = `
  import { defineJob, openWaymark } from "waymark";
  const [url, schema] = process.argv.slice(1);
  const waymark = await openWaymark({ store: url, storeOptions: { schema } });
  const job = await waymark.enqueue(defineJob({ kind: "mail" }), {});
  await waymark.tracker.awaitCompletion(job, { timeout: 50 });
  await waymark.close();
  console.log("closed");
`;

it("close, awaited at the end of a module, is lived to see, though nobody listens for notices any more", async () => {
  const words = ["--input-type=module", "-e", PROGRAM, postgresUrl(), schemaName()];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  child.stdout.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ code, told: told.trim() }).toEqual({ code: 0, told: "closed" });
});
