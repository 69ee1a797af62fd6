/** The web demo as a whole: store, API, pages, a worker in its own process, and an orderly end. */
import { mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { openWaymark } from "waymark";
import { createHttpApi, toNodeHandler } from "waymark/http";
import { createApp } from "./app.js";
import { openAssets } from "./assets.js";
import { localEngine } from "./engine.js";
import { pythonEngine } from "./python-engine.js";
import { REHEARSALS } from "./samples.js";
import { openSessions } from "./session.js";
import { openShelf } from "./story-shelf.js";
import { clearOldUploads } from "./uploads.js";

export interface DemoOptions {
  readonly store: string;
  /** Uploads, stories and the session key. */
  readonly folder: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** The service in examples/python-service does the work. */
  readonly remote: boolean;
}
export interface Demo {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws {WaymarkError} when the store cannot be opened; an error with a `code` when the port is taken */
export async function startDemo({ store, folder, port, remote }: DemoOptions): Promise<Demo> {
  const now = Date.now;
  const uploads = join(folder, "uploads");
  const shelfPath = join(folder, "stories.db");
  await mkdir(uploads, { recursive: true });
  await clearOldUploads(uploads, now());

  const shelf = await openShelf(shelfPath);
  let at = port;
  const engine = remote ? await pythonEngine(shelf, () => `http://127.0.0.1:${at}/api`) : localEngine(store, shelfPath);
  const waymark = await openWaymark({ store, ...(engine.services ? { services: engine.services } : {}) });
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
    enqueue: (input, owner, metadata) => waymark.enqueue(engine.definition, input, { owner, metadata }),
    asset: openAssets(),
    rehearsals: REHEARSALS.filter(({ id }) => engine.rehearsals.includes(id)),
  });
  const server = createServer(toNodeHandler(async (request) => app.fetch(request)));
  await listen(server, port);
  const address = server.address();
  if (typeof address === "object" && address !== null) at = address.port;
  engine.start(waymark);

  return {
    url: `http://localhost:${at}`,
    async close() {
      api.close();
      server.close();
      server.closeAllConnections();
      await engine.stop();
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
