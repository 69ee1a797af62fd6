/** What the lint rules share: finding every kind of import, and naming files as the repository does. */
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A file's path from the repository's root, with forward slashes. */
export function repositoryPath(filename) {
  return path.relative(root, filename).split(path.sep).join("/");
}

/**
 * Visitors that call `visit(node, specifier, { lazy, typeOnly })` for each import: static, type-only, re-export, `import()`
 * and `import("…")` in a type.
 */
export function onImport(visit) {
  const at = (source, facts) => {
    if (source?.type === "Literal" && typeof source.value === "string") visit(source, source.value, facts);
  };
  const declared = (node) => {
    const typeOnly = node.importKind === "type" || node.exportKind === "type" || onlyTypes(node.specifiers);
    at(node.source, { lazy: false, typeOnly });
  };
  return {
    ImportDeclaration: declared,
    ExportNamedDeclaration: declared,
    ExportAllDeclaration: declared,
    ImportExpression: (node) => at(node.source, { lazy: true, typeOnly: false }),
    TSImportType: (node) => at(node.source ?? node.argument, { lazy: false, typeOnly: true }),
  };
}

function onlyTypes(specifiers) {
  return specifiers?.length > 0 && specifiers.every((each) => (each.importKind ?? each.exportKind) === "type");
}
