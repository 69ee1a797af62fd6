/** What is installed with us, and what runs while it is. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

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
}

const read = (file: string): Promise<string> => readFile(new URL(`../../${file}`, import.meta.url), "utf8");
const manifest = JSON.parse(await read("package.json")) as Manifest;
const lock = JSON.parse(await read("package-lock.json")) as { packages: Record<string, Locked> };

describe("supply chain", () => {
  it("K1 asks for no run-time dependency, and every peer is optional", () => {
    expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
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
    expect(entries.filter(([, entry]) => !entry.integrity?.startsWith("sha512-")).map(([where]) => where)).toEqual([]);
  });

  it("npm's settings name no registry and keep install scripts off", async () => {
    const settings = await read(".npmrc");
    expect(settings).not.toMatch(/registry\s*=\s*\S*\/\//);
    expect(settings).toMatch(/^ignore-scripts=true$/m);
  });
});
