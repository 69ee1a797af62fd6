/** The API as a request listener of Node, for node:http, Express and Fastify. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { toNodeHandler as convert } from "srvx/node";

export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Mount it before anything that reads bodies: `createServer(toNodeHandler(api.fetch))`, or in Express
 * `app.use("/api", toNodeHandler(api.fetch))`, where "/api" is the API's base path.
 */
export function toNodeHandler(fetch: (request: Request) => Promise<Response>): NodeListener {
  const listen = convert((request) => fetch(request));
  return (request, response) => {
    // Express takes the mount path off `url`; the routes know the whole one.
    const { originalUrl } = request as { originalUrl?: string };
    if (originalUrl !== undefined) request.url = originalUrl;
    void listen(request as never, response as never);
  };
}
