/**
 * Read tokens: short-lived, signed permissions to watch one job, or all jobs of one owner, for browsers without a session
 * (SECURITY S7). A JWT signed with HS256; nothing is stored, so a token is good until it expires.
 */
import type { Clock } from "./core/clock.js";
import { type Duration, toMs } from "./core/duration.js";
import { WaymarkError } from "./core/errors.js";
import { toJobId } from "./core/id.js";
import { assertKey } from "./core/names.js";
import { assertOptions, type NamesOf } from "./core/options.js";
import type { Tracker } from "./tracker.js";

export interface TokenOptions {
  /**
   * At least 32 bytes, from a random source. Several make rotation possible: the first one signs, each one is accepted.
   */
  readonly secret: string | readonly string[];
}
export interface ReadTokenOptions {
  /** At most 24 hours. Default 15 minutes. */
  readonly expiresIn?: Duration;
}
/** What a valid token allows: to read. */
export interface ReadGrant {
  /** Whose jobs; null for one job that has no owner. */
  readonly owner: string | null;
  /** The one job it is for; null = all of the owner's. */
  readonly jobId: string | null;
  /** Epoch ms. */
  readonly expiresAt: number;
}
export interface ReadTokens {
  /** @throws {WaymarkError} `not_found`, `tokens_not_configured`, `invalid_option`, `invalid_duration` */
  read(jobId: string, options?: ReadTokenOptions): Promise<string>;
  /** For all jobs of an owner, lists included. @throws {WaymarkError} `tokens_not_configured`, `invalid_option` */
  readAll(owner: string, options?: ReadTokenOptions): Promise<string>;
  /** Null unless this Waymark's secret signed it and its time is not over. */
  verify(token: string): Promise<ReadGrant | null>;
}

const NAMES: NamesOf<TokenOptions> = { secret: true };
const READ_NAMES: NamesOf<ReadTokenOptions> = { expiresIn: true };
const TYPE = "waymark-read+jwt";
const AUDIENCE = "waymark";
const LONGEST_MS = 86_400_000;
/** Ours are far shorter; a hostile text costs nothing. */
const LONGEST_TOKEN = 4_096;

export function createReadTokens(
  options: TokenOptions | undefined,
  clock: Clock,
  tracker: Pick<Tracker, "getStatus">,
): ReadTokens {
  if (options !== undefined) assertOptions(options, NAMES, "tokens");
  const secrets = (options === undefined ? [] : [options.secret].flat()).map(keyOf);

  const sign = async (claims: Record<string, string>, options: ReadTokenOptions): Promise<string> => {
    assertOptions(options, READ_NAMES);
    const { expiresIn = "15m" } = options;
    const [secret] = secrets;
    if (secret === undefined) throw new WaymarkError("tokens_not_configured");
    const ms = toMs(expiresIn, "expiresIn");
    if (ms < 1_000 || ms > LONGEST_MS) {
      throw new WaymarkError("invalid_option", { option: "expiresIn", problem: "it is from 1 second to 24 hours" });
    }
    const { SignJWT } = await import("jose");
    const now = Math.floor(clock.now() / 1_000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", typ: TYPE })
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(now + Math.floor(ms / 1_000))
      .sign(secret);
  };

  return {
    read: async (id, tokenOptions = {}) => {
      if (secrets.length === 0) throw new WaymarkError("tokens_not_configured");
      const jobId = toJobId(id);
      const info = await tracker.getStatus(jobId);
      if (info === null) throw new WaymarkError("not_found", { jobId });
      return sign({ job: jobId, ...(info.owner === null ? {} : { owner: info.owner }) }, tokenOptions);
    },
    readAll: async (owner, tokenOptions = {}) => {
      assertKey("owner", owner);
      return sign({ owner }, tokenOptions);
    },
    verify: async (token) => {
      if (token.length > LONGEST_TOKEN || secrets.length === 0) return null;
      const { jwtVerify } = await import("jose");
      const checks = { algorithms: ["HS256"], typ: TYPE, audience: AUDIENCE, currentDate: new Date(clock.now()) };
      for (const secret of secrets) {
        const payload = await jwtVerify(token, secret, checks).then(
          (verified) => verified.payload,
          () => null,
        );
        if (payload !== null) return grantOf(payload);
      }
      return null;
    },
  };
}

/** Whether a text claims to be a read token of ours, so that it is judged as one and as nothing else. */
export function looksLikeReadToken(token: string): boolean {
  return token.startsWith(HEADER);
}
/** The protected header as it is signed above, in base64url. */
const HEADER = `${btoa(JSON.stringify({ alg: "HS256", typ: TYPE })).replaceAll("=", "")}.`;

function grantOf(payload: Readonly<Record<string, unknown>>): ReadGrant | null {
  const { owner, job, exp } = payload;
  if (typeof exp !== "number" || (typeof owner !== "string" && typeof job !== "string")) return null;
  return {
    owner: typeof owner === "string" ? owner : null,
    jobId: typeof job === "string" ? job : null,
    expiresAt: exp * 1_000,
  };
}

function keyOf(secret: string): Uint8Array {
  const key = new TextEncoder().encode(secret);
  if (key.length >= 32) return key;
  throw new WaymarkError("invalid_option", { option: "tokens.secret", problem: "it has at least 32 bytes" });
}
