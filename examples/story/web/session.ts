/**
 * Who is here: two demo users and a signed cookie. A real application brings its own sign-in; Waymark only asks who the
 * principal of a request is.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface User {
  readonly id: string;
  readonly name: string;
  readonly about: string;
}
export const USERS: readonly User[] = [
  { id: "ada", name: "Ada", about: "Sees her own jobs and stories" },
  { id: "ben", name: "Ben", about: "Sees his, and none of hers" },
];

const COOKIE = "story_session";
const DAYS_30 = 30 * 24 * 60 * 60;

export interface Sessions {
  /** The user of a request, or null. */
  userOf(request: Request): User | null;
  /** The `Set-Cookie` value that signs somebody in. */
  signIn(user: User, now: number): string;
  signOut(): string;
}

/** The key stays in the data folder, so that a restart of the server signs nobody out. */
export async function openSessions(folder: string, now: () => number): Promise<Sessions> {
  const key = await sessionKey(folder);
  const sign = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  return {
    userOf(request) {
      const [id = "", until = "", mac = ""] = cookieOf(request).split(".");
      const given = Buffer.from(mac, "base64url");
      const due = sign(`${id}.${until}`);
      if (given.length !== due.length || !timingSafeEqual(given, due)) return null;
      if (!(Number(until) > now())) return null;
      return USERS.find((user) => user.id === id) ?? null;
    },
    signIn(user, at) {
      const body = `${user.id}.${at + DAYS_30 * 1_000}`;
      return cookie(`${body}.${sign(body).toString("base64url")}`, DAYS_30);
    },
    signOut: () => cookie("", 0),
  };
}

async function sessionKey(folder: string): Promise<Buffer> {
  const file = join(folder, "session.key");
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  return Buffer.from(await readFile(file, "utf8"), "hex");
}

function cookie(value: string, maxAge: number): string {
  return `${COOKIE}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`;
}

function cookieOf(request: Request): string {
  const cookies = (request.headers.get("cookie") ?? "").split(/;\s*/);
  return cookies.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? "";
}
