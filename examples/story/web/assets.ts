/** The few files the pages load: read once, served by name, checked again by every page because a build may replace them. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDERS = ["public", "art"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export function openAssets(): (name: string, request: Request) => Response | null {
  const files = new Map(
    FOLDERS.filter(existsSync).flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => extname(name) in TYPES)
        .map((name) => {
          const body = readFileSync(join(folder, name));
          const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
          return [name, { body, etag, type: TYPES[extname(name)] ?? "" }] as const;
        }),
    ),
  );
  return (name, request) => {
    const file = files.get(name);
    if (file === undefined) return null;
    const headers = { etag: file.etag, "cache-control": "no-cache", "content-type": file.type };
    if (request.headers.get("if-none-match") === file.etag) return new Response(null, { status: 304, headers });
    return new Response(file.body, { headers });
  };
}
