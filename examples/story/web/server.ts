/** The web demo as a whole: store, API, pages, a worker in its own process, and an orderly end. */
import { mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { openWaymark } from "waymark";
import { createHttpApi, toNodeHandler } from "waymark/http";
import { createApp } from "./app.js";
import { openAssets } from "./assets.js";
import { openSessions } from "./session.js";
import { tableStory } from "./story-jobs.js";
import { openShelf } from "./story-shelf.js";
import { clearOldUploads } from "./uploads.js";
import { startWorkerChild } from "./worker-child.js";

export interface DemoOptions {
  readonly store: string;
  /** Uploads, stories and the session key. */
  readonly folder: string;
  /** 0 takes any free one. */
  readonly port: number;
}
export interface Demo {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws {WaymarkError} when the store cannot be opened; an error with a `code` when the port is taken */
export async function startDemo({ store, folder, port }: DemoOptions): Promise<Demo> {
  const now = Date.now;
  const uploads = join(folder, "uploads");
  const shelfPath = join(folder, "stories.db");
  await mkdir(uploads, { recursive: true });
  await clearOldUploads(uploads, now());

  const waymark = await openWaymark({ store });
  const shelf = await openShelf(shelfPath);
  const sessions = await openSessions(folder, now);
  const api = createHttpApi({
    waymark,
    authenticate: (request) => {
      const user = sessions.userOf(request);
      return user === null ? null : { owner: user.id, role: "owner" };
    },
  });
  const app = createApp({
    waymark,
    sessions,
    shelf,
    api,
    uploads,
    now,
    enqueue: (input, owner, metadata) => waymark.enqueue(tableStory, input, { owner, metadata }),
    asset: openAssets(),
  });
  const server = createServer(toNodeHandler(async (request) => app.fetch(request)));
  await listen(server, port);
  const worker = startWorkerChild([store, shelfPath]);

  const address = server.address();
  const at = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://localhost:${at}`,
    async close() {
      api.close();
      server.close();
      server.closeAllConnections();
      await worker.stop();
      await waymark.close();
      shelf.close();
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
