/** docs/outside-services.md is held to the code. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { callbackSchema } from "../../src/remote/callback-body.js";

const text = readFileSync(new URL("../../docs/outside-services.md", import.meta.url), "utf8");

describe("docs/outside-services.md", () => {
  it("names every field of a callback and of its error", () => {
    const error = callbackSchema.shape.error.unwrap();
    for (const field of [...Object.keys(callbackSchema.shape), ...Object.keys(error.shape)])
      expect(text, field).toContain(`\`${field}\``);
  });

  it.each(["duplicate", "stale", "lost", "ended", "unknown"])("says what a service does about %s", (reason) => {
    expect(text).toContain(`\`${reason}\``);
  });

  it.each(["service_unavailable", "service_refused", "service_unreachable"])("names the failure %s", (code) => {
    expect(text).toContain(`\`${code}\``);
  });
});
