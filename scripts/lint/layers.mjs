/** Lint rule: imports follow the table in parts.mjs. Looks at static, type-only, re-exporting and dynamic imports alike. */
import path from "node:path";
import { onImport, repositoryPath } from "./imports.mjs";
import { objection } from "./parts.mjs";

export const layers = {
  meta: { type: "problem", docs: { description: "Keep to who may import whom" } },
  create(context) {
    const file = repositoryPath(context.filename);
    return onImport((node, specifier) => {
      const bare = !specifier.startsWith(".");
      const target = bare ? specifier : path.posix.join(path.posix.dirname(file), specifier);
      const message = objection(file, target, bare);
      if (message) context.report({ node, message });
    });
  },
};
