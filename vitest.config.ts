/** Every test of the repository runs here, in one go; `npm test` adds installing, building and counting. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const postgres = at("test/support/postgres.ts");

export default defineConfig({
  resolve: {
    // Tests see the sources, not the last build. The tests in test/package look at the build on purpose.
    alias: [
      { find: /^waymark$/, replacement: at("src/index.ts") },
      { find: /^waymark\/http$/, replacement: at("src/http/index.ts") },
      { find: /^waymark\/testing$/, replacement: at("src/testing/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    globalSetup: existsSync(postgres) ? [postgres] : [],
    // Type tests: each is a test of its own. Errors elsewhere are the business of `npm run check`.
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], ignoreSourceErrors: true },
    testTimeout: 15_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    coverage: {
      provider: "v8",
      include: ["src/core/**", "src/stores/**"],
      reporter: ["text", "json-summary", "html"],
      reportsDirectory: "coverage",
    },
  },
});
