/** What is installed with us, and what runs while it is. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { missingPlatforms, platformEntry } from "../../scripts/complete-lock.mjs";

interface Manifest {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}
interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  cpu?: string[];
  os?: string[];
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
}

/** Only subpaths load them; "waymark" itself loads none (package.test.ts). One more needs a record in docs/decisions. */
const DEPENDENCIES = ["hono", "ipaddr.js", "jose", "srvx", "undici", "zod"];

const read = (file: string): Promise<string> => readFile(new URL(`../../${file}`, import.meta.url), "utf8");
const manifest = JSON.parse(await read("package.json")) as Manifest;
const lock = JSON.parse(await read("package-lock.json")) as { packages: Record<string, Locked> };

describe("supply chain", () => {
  it("K1 asks for these run-time dependencies and no others, and every peer is optional", () => {
    expect(Object.keys(manifest.dependencies ?? {}).filter((name) => !DEPENDENCIES.includes(name))).toEqual([]);
    const asked = Object.keys(manifest.peerDependencies ?? {});
    expect(asked.filter((name) => manifest.peerDependenciesMeta?.[name]?.optional !== true)).toEqual([]);
  });

  it("K2 has no script that npm would run by itself", () => {
    const automatic = /^(pre|post|prepare|install|dependencies|publish|pack)/;
    expect(Object.keys(manifest.scripts ?? {}).filter((name) => automatic.test(name))).toEqual([]);
  });

  it("the lockfile names digests and no registry", () => {
    const entries = Object.entries(lock.packages).filter(([where]) => where !== "");
    expect(entries.length).toBeGreaterThan(50);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined).map(([where]) => where)).toEqual([]);
    // Binaries for other platforms may lack a digest: see scripts/complete-lock.mjs.
    const binary = ({ optional, os, cpu }: Locked): boolean =>
      optional === true && os?.length === 1 && cpu?.length === 1;
    const vouched = ({ integrity }: Locked): boolean => integrity?.startsWith("sha512-") === true;
    expect(entries.filter(([, entry]) => !vouched(entry) && !binary(entry)).map(([where]) => where)).toEqual([]);
  });

  it("the lockfile names the binaries of every platform, without which `npm ci` refuses it", () => {
    expect(missingPlatforms(lock.packages)).toEqual([]);
    const gone = missingPlatforms({ "node_modules/x": { optionalDependencies: { "@x/linux-x64-musl": "1.2.3" } } });
    expect(gone.map(platformEntry)).toEqual([
      { version: "1.2.3", cpu: ["x64"], libc: ["musl"], optional: true, os: ["linux"] },
    ]);
  });

  it("npm's settings name no registry and keep install scripts off", async () => {
    const settings = await read(".npmrc");
    expect(settings).not.toMatch(/registry\s*=\s*\S*\/\//);
    expect(settings).toMatch(/^ignore-scripts=true$/m);
  });
});
