/** `npm test` and `npm start` install when the lockfile asks for something node_modules does not hold, and only then. */
import { describe, expect, it } from "vitest";
import { mismatch } from "../../scripts/lib/install.mjs";

const LOCK = {
  "": {},
  "node_modules/a": { version: "1.0.0" },
  "node_modules/a/node_modules/@x/b": { version: "2.0.0" },
  "node_modules/other-platform": { version: "1.0.0", optional: true },
};

describe("what is installed", () => {
  it("fits when every version is there; packages for other platforms may be absent", () => {
    const { "node_modules/other-platform": _, ...present } = LOCK;
    expect(mismatch(LOCK, present)).toBeNull();
    expect(mismatch(LOCK, LOCK)).toBeNull();
  });

  it("does not fit when a package is missing, or has another version", () => {
    const { "node_modules/a": _, ...present } = LOCK;
    expect(mismatch(LOCK, present)).toBe("a is missing");
    expect(mismatch(LOCK, { ...LOCK, "node_modules/a/node_modules/@x/b": { version: "1.9.0" } })).toBe(
      "@x/b is not at 2.0.0",
    );
  });
});
