/** The planted bugs as a page of the documentation. */
import type { Mutant } from "./mutant.js";

export function tableOf(mutants: readonly Mutant[]): string {
  const rows = mutants.map(({ id, breaks, file, tests }) => {
    const caughtBy = tests.map((test) => `\`${test.replace(/^test\//, "").replace(/\.test\.ts$/, "")}\``).join(", ");
    return `| ${id} | ${breaks} | \`${file.replace(/^src\//, "")}\` | ${caughtBy} |`;
  });
  return `# Planted bugs

Tests that cannot fail prove nothing. So bugs that anybody could write are planted on purpose, one at a time, in a copy of
the sources, and some test must fail for each: \`npm run mutants\` does it, and prints which test caught which. It fails when
a bug survives, and when the text that a bug replaces is no longer there.

There are ${mutants.length}. The table is made of test/mutants/ by \`npm run mutants -- --table\`; a test holds the two against each other.

| Planted | What it breaks | In | Looked for by |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}
