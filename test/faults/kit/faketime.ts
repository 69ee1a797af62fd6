/**
 * Turns the wall clock of processes from outside, by as many ms as a file says; their monotonic clocks go on. libfaketime
 * does it where it is installed (Debian: `apt-get install faketime`): it is a library put before the C library, so it
 * turns PostgreSQL as well as Node. Without it a module loaded before all others turns `Date.now`, in Node alone.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Surroundings } from "./process.js";

const PRELOAD = fileURLToPath(new URL("../child/turned-clock.cjs", import.meta.url));
const HOMES = "/usr/lib";

/** The library, or null when it is not installed. */
export const FAKETIME: string | null = findLibrary();

export interface TurnedClock {
  /** What to start a process with, so that this clock is its own. */
  readonly surroundings: Surroundings;
  /** Sets it so many ms off the right time, from now on. */
  turn(offMs: number): void;
  /** Nobody goes by it any more. */
  remove(): void;
}

export function openTurnedClock(): TurnedClock {
  const folder = mkdtempSync(join(tmpdir(), "waymark-clock-"));
  // The server of PostgreSQL may have an account of its own.
  chmodSync(folder, 0o755);
  const file = join(folder, "clock");
  const turn = (offMs: number): void => {
    // Whoever reads it meanwhile must not find half of it.
    writeFileSync(`${file}.new`, FAKETIME === null ? String(offMs) : `${offMs < 0 ? "" : "+"}${offMs / 1_000}s`);
    renameSync(`${file}.new`, file);
  };
  turn(0);
  return {
    surroundings:
      FAKETIME === null
        ? { nodeOptions: ["--require", PRELOAD], env: { WAYMARK_FAULTS_CLOCK: file } }
        : { env: { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1", ...MONOTONIC } },
    turn,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Its versions call it either way. */
const MONOTONIC = { DONT_FAKE_MONOTONIC: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" } as const;

function findLibrary(): string | null {
  if (!existsSync(HOMES)) return null;
  const places = [".", ...readdirSync(HOMES)].map((home) => join(HOMES, home, "faketime/libfaketimeMT.so.1"));
  return places.find((place) => existsSync(place)) ?? null;
}
