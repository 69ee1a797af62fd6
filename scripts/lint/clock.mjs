/** Lint rule: time and chance come from the Clock, because only then tests can turn time and one seed replays a disaster. */
import { onImport } from "./imports.mjs";

const FORBIDDEN_CALLS = new Set(["setTimeout", "setInterval"]);
const FORBIDDEN_MEMBERS = new Map([
  ["Date", new Set(["now"])],
  ["Math", new Set(["random"])],
  ["globalThis", FORBIDDEN_CALLS],
]);

export const clock = {
  meta: { type: "problem", docs: { description: "Take time and chance from the Clock" } },
  create(context) {
    const refuse = (node, what) =>
      context.report({
        node,
        message: `${what} belongs in src/core/clock.ts only: take a Clock, because tests must be able to turn time.`,
      });
    return {
      ...onImport((node, specifier) => {
        if (/^(node:)?timers(\/|$)/.test(specifier)) refuse(node, specifier);
      }),
      MemberExpression(node) {
        const name = node.computed ? node.property.value : node.property.name;
        if (FORBIDDEN_MEMBERS.get(node.object.name)?.has(name)) refuse(node, `${node.object.name}.${name}`);
      },
      NewExpression(node) {
        if (node.callee.name === "Date" && node.arguments.length === 0) refuse(node, "new Date() without an argument");
      },
      CallExpression(node) {
        if (node.callee.name === "Date") refuse(node, "Date()");
        if (FORBIDDEN_CALLS.has(node.callee.name)) refuse(node, node.callee.name);
      },
    };
  },
};
