/** A Waymark in memory with a clock to turn, an API over it, and ways to call it as somebody. */

import { defineJob } from "../../src/core/define-job.js";
import { JobError } from "../../src/core/job-error.js";
import { silentLogger } from "../../src/core/logger.js";
import type { Store } from "../../src/core/store.js";
import { createHttpApi, type HttpApi, type HttpApiOptions, type Principal, type Role } from "../../src/http/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { runUntilIdle } from "../../src/testing/run-until-idle.js";
import { openWaymark, type Waymark, type WaymarkOptions } from "../../src/waymark.js";

export const SECRET = "0123456789abcdef0123456789abcdef";
export const SITE = "http://app.example";

export const story = defineJob({ kind: "story", stages: ["reading", "writing"], maxAttempts: 1 });
export const steps: Record<string, () => unknown> = {
  ok: () => ({ storyId: "s1" }),
  input: () => {
    throw new JobError({ code: "empty_file", message: "The file has no rows.", category: "input" });
  },
  later: () => {
    throw new JobError({ code: "busy", message: "Busy just now.", category: "temporary" });
  },
};

export interface World {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly waymark: Waymark;
  readonly api: HttpApi;
  /** `who` is "role:owner", "owner" for short, or null for nobody. */
  call(method: string, path: string, who?: string | null, init?: CallInit): Promise<Response>;
  /** A job in the status asked for, ended ones worked off by a real worker. */
  make(owner: string | undefined, end?: "ok" | "input" | "later" | "pending" | "purged"): Promise<string>;
  close(): Promise<void>;
}
export interface CallInit {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** "Bearer role:owner", or "Bearer owner". */
export function bearer(request: Request): Principal | null {
  const text = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (text === undefined || text.startsWith("ey")) return null;
  const [first, second] = text.split(":");
  return second === undefined ? { owner: first!, role: "owner" } : { owner: second, role: first as Role };
}

export async function openWorld(
  options: Partial<HttpApiOptions> = {},
  more: Partial<WaymarkOptions> & { readonly wrap?: (store: Store) => Store } = {},
): Promise<World> {
  const clock = new FakeClock();
  const { wrap = (store) => store, ...waymarkOptions } = more;
  const store = wrap(memoryStore({ clock }));
  const waymark = await openWaymark({
    store,
    clock,
    logger: silentLogger,
    tokens: { secret: SECRET },
    ...waymarkOptions,
  });
  const api = createHttpApi({ waymark, authenticate: bearer, logger: silentLogger, rateLimit: false, ...options });
  const call: World["call"] = (method, path, who = "ada", { headers = {}, body, signal } = {}) => {
    const authorization: Record<string, string> = who === null ? {} : { authorization: `Bearer ${who}` };
    const content: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    return api.fetch(
      new Request(SITE + path, {
        method,
        headers: { ...authorization, ...content, ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  };
  const make: World["make"] = async (owner, end = "pending") => {
    const step = end === "purged" ? "ok" : end;
    const ref = await waymark.enqueue(story, { step }, owner === undefined ? {} : { owner });
    if (end === "pending") return ref.jobId;
    await runUntilIdle(waymark, [story.handle((input) => steps[(input as { step: string }).step]?.())], {
      clock,
    });
    if (end === "purged") await waymark.remove(ref.jobId, { actor: "test" });
    return ref.jobId;
  };
  return {
    clock,
    store,
    waymark,
    api,
    call,
    make,
    close: async () => {
      api.close();
      await waymark.close();
      await store.close();
    },
  };
}

/** The store, telling of each call. */
export function watched(store: Store, tell: (method: string, args: readonly unknown[]) => void): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        tell(String(name), args);
        return Reflect.apply(value, target, args);
      };
    },
  });
}
