/**
 * An Express app that had a synchronous endpoint before it knew Waymark. The endpoint answers as it always did, with
 * `jobId` added (PROMISES D3); the status API beside it shows the same work while it runs and afterwards.
 */
import express, { type Express } from "express";
import type { Waymark } from "waymark";
import { createHttpApi, type HttpApi, type Principal, toNodeHandler } from "waymark/http";

/** Who is signed in; an app has sessions for this. */
const SESSIONS: Readonly<Record<string, string>> = { "token-of-ada": "ada", "token-of-eve": "eve" };
function userOf(authorization: string | null | undefined): string | null {
  return SESSIONS[authorization?.replace("Bearer ", "") ?? ""] ?? null;
}
function authenticate(request: Request): Principal | null {
  const owner = userOf(request.headers.get("authorization"));
  return owner === null ? null : { owner, role: "owner" };
}

/** What the endpoint does; it knows nothing of jobs. */
function countWords(text: string): { words: number } {
  if (text.trim() === "") throw new Error("There is no text.");
  return { words: text.trim().split(/\s+/).length };
}

export function createApp(waymark: Waymark): { app: Express; api: HttpApi } {
  const api = createHttpApi({ waymark, authenticate });
  const app = express();
  // Before express.json(): the API reads its bodies itself.
  app.use("/api", toNodeHandler(api.fetch));
  app.use(express.json());

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 hands rejections on.
  app.post("/count", async (request, response) => {
    const owner = userOf(request.headers.authorization);
    if (owner === null) return void response.status(401).json({ error: "Sign in first." });
    const { text } = request.body as { text: string };
    try {
      const { jobId, result } = await waymark.track({ kind: "count-words", owner }, () => countWords(text));
      response.json({ ...result, jobId });
    } catch (error) {
      response.status(400).json({ error: (error as Error).message });
    }
  });
  return { app, api };
}
