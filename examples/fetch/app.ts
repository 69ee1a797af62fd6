/**
 * The same without a framework: one fetch handler, as Bun, Deno, Next.js and others take it. A synchronous endpoint
 * keeps its answer and adds `jobId` (PROMISES D3); another one starts a job and answers 202 at once.
 */
import { defineJob, type Waymark } from "waymark";
import { createHttpApi, type Principal } from "waymark/http";

/** Who is signed in; an app has sessions for this. */
const SESSIONS: Readonly<Record<string, string>> = { "token-of-ada": "ada", "token-of-eve": "eve" };
function authenticate(request: Request): Principal | null {
  const owner = SESSIONS[request.headers.get("authorization")?.replace("Bearer ", "") ?? ""];
  return owner === undefined ? null : { owner, role: "owner" };
}

export const countWords = defineJob({ kind: "count-words", stages: ["reading", "counting"] });
export const handleCountWords = countWords.handle(async (input, ctx) => {
  await ctx.stage("counting");
  return { words: (input as { text: string }).text.trim().split(/\s+/).length };
});

export interface App {
  readonly fetch: (request: Request) => Promise<Response>;
  close(): void;
}

export function createApp(waymark: Waymark): App {
  const api = createHttpApi({ waymark, authenticate });

  const app = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/api/")) return api.fetch(request);
    const user = authenticate(request);
    if (user === null) return Response.json({ error: "Sign in first." }, { status: 401 });
    const { owner } = user;

    if (request.method === "POST" && pathname === "/count") {
      const { text } = (await request.json()) as { text: string };
      const tracked = await waymark.track({ kind: "count-now", owner }, () => ({
        words: text.trim().split(/\s+/).length,
      }));
      return Response.json({ ...tracked.result, jobId: tracked.jobId });
    }
    if (request.method === "POST" && pathname === "/upload") {
      const text = await request.text();
      const ref = await waymark.enqueue(countWords, { text }, { owner, metadata: { bytes: text.length } });
      return api.accepted(ref);
    }
    return Response.json({ error: "There is nothing here." }, { status: 404 });
  };
  return { fetch: app, close: () => api.close() };
}
