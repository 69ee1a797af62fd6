/**
 * Lint rule: a package that is not a dependency of ours is loaded with `import()` when it is needed, or for its types
 * only. Otherwise `import "waymark"` would fail for everybody who did not install every driver.
 */
import { readFileSync } from "node:fs";
import { onImport } from "./imports.mjs";

const { dependencies = {} } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

export const lazyPackages = {
  meta: { type: "problem", docs: { description: "Load optional packages lazily" } },
  create(context) {
    return onImport((node, specifier, { lazy, typeOnly }) => {
      if (lazy || typeOnly || /^(\.|node:)/.test(specifier)) return;
      const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      if (name in dependencies) return;
      const message = `"${name}" is not a dependency of waymark: load it with import() where it is needed, because waymark must load without it.`;
      context.report({ node, message });
    });
  },
};
