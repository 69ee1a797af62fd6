/** Lint rule: only the command line reads the environment, because a library's behaviour must be visible where it is called. */
import { onImport } from "./imports.mjs";

const MESSAGE = "Only src/cli reads the environment: take an option instead, because callers must see what decides.";

export const environment = {
  meta: { type: "problem", docs: { description: "Read the environment in the command line only" } },
  create(context) {
    return {
      ...onImport((node, specifier) => {
        if (/^(node:)?process$/.test(specifier)) context.report({ node, message: MESSAGE });
      }),
      MemberExpression(node) {
        const name = node.computed ? node.property.value : node.property.name;
        const { object } = node;
        const isProcess =
          object.name === "process" || (object.type === "MemberExpression" && object.property.name === "process");
        if (isProcess && name === "env") context.report({ node, message: MESSAGE });
      },
    };
  },
};
