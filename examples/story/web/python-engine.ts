/**
 * The work done outside: a service in Python is sent each job and reports by signed callbacks. Its result becomes a story
 * here, once for each job, in one transaction with the user's counter.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { defineJob } from "waymark";
import { z } from "zod";
import { storySchema } from "../story-schema.js";
import type { Engine } from "./engine.js";
import { STAGES, type TableResult } from "./story-jobs.js";
import type { Shelf } from "./story-shelf.js";

const PROGRAM = fileURLToPath(new URL("../../python-service/service.py", import.meta.url));
const SERVICE = "python";

/**
 * @param callbackBase  asked at each dispatch: where the service reaches our API
 * @throws {Error} when there is no python3
 */
export async function pythonEngine(shelf: Shelf, callbackBase: () => string): Promise<Engine> {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const { child, origin } = await startService(secret);
  const definition = defineJob({
    kind: "table-story-outside",
    input: z.object({ path: z.string().min(1), rehearsal: z.literal("broken").optional() }),
    output: z.object({ storyId: z.string() }),
    stages: STAGES,
    timeout: "30s",
    target: "60s",
    remote: { url: `${origin}/run`, service: SERVICE },
  });
  const received = definition.receive((result, { jobId, owner }): TableResult => {
    const story = storySchema.parse(result);
    if (owner !== null) shelf.add(owner, { jobId, story, madeAt: new Date() });
    return { storyId: jobId };
  });
  return {
    definition: definition,
    rehearsals: ["broken"],
    services: {
      [SERVICE]: { secrets: [secret], origins: [origin], allowLoopback: true, callbackBase, jobs: [received] },
    },
    start(waymark) {
      waymark.work([definition]);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** The service says where it listens on its first line; the secret is nobody's argument, which others could read. */
async function startService(secret: string): Promise<{ child: ChildProcess; origin: string }> {
  const child = spawn("python3", ["-B", PROGRAM, "--port", "0"], {
    env: { ...process.env, WAYMARK_SECRETS: secret },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const line = await new Promise<string>((done, fail) => {
    createInterface({ input: child.stdout }).once("line", done);
    child.once("error", () => fail(new Error("--remote needs python3, and there is none on this machine.")));
    child.once("exit", (code) => fail(new Error(`The service in Python ended with ${code}.`)));
  });
  const [origin] = /http:\/\/[\w.:]+/.exec(line) ?? [];
  if (origin === undefined) throw new Error(`The service in Python did not say where it listens: ${line}`);
  return { child, origin };
}
