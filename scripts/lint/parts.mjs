/**
 * Who may import whom, and why. One table; the first row whose `files` fit decides. Paths are those of the repository.
 */

/**
 * @typedef {object} Part
 * @property {RegExp} files   the importing files
 * @property {RegExp} [only]  repository files they may import; without it every file not in `never`
 * @property {RegExp} [never] repository files they must not import
 * @property {RegExp} [noPackages] specifiers of packages and Node modules they must not import
 * @property {string} reason  completes "…, because"
 */

/** @type {readonly Part[]} */
export const PARTS = [
  {
    files: /^src\/core\//,
    only: /^src\/core\//,
    noPackages: /./,
    reason: "the core is pure: no I/O, no driver, no platform, so its rules hold in every store and every browser",
  },
  {
    files: /^src\/stores\/memory\//,
    only: /^src\/(core\/|stores\/memory\/|stores\/migrate\.)/,
    reason: "a store knows the core and the shared migration runner only, so that it can be read and replaced alone",
  },
  {
    files: /^src\/stores\/sqlite\//,
    only: /^src\/(core\/|stores\/sqlite\/|stores\/migrate\.)/,
    reason: "a store knows the core and the shared migration runner only, so that it can be read and replaced alone",
  },
  {
    files: /^src\/stores\/postgres\//,
    only: /^src\/(core\/|stores\/postgres\/|stores\/migrate\.)/,
    reason: "a store knows the core and the shared migration runner only, so that it can be read and replaced alone",
  },
  {
    files: /^src\/stores\//,
    only: /^src\/(core|stores)\//,
    reason: "stores are the lowest layer above the core",
  },
  {
    files: /^src\/(tracker|explain|history|watch-hub)(\.|\/)/,
    never: /^src\/(stores|cli|testing|worker)\/|^src\/(index|waymark|open-store|worker)\./,
    reason: "the tracker is the read side: it works over any store and where no worker runs",
  },
  {
    files: /^src\/doctor\//,
    only: /^src\/(core\/|doctor\/|explain\/wording\.)/,
    noPackages: /./,
    reason:
      "the doctor knows the store contract only: what a store alone can know of itself, it says through `examine`",
  },
  {
    files: /^src\/testing\//,
    never: /^src\/(stores|cli)\//,
    reason: "the published test tools must work with other people's stores, so they use public parts only",
  },
  {
    files: /^src\/cli\//,
    reason: "the command line may import everything",
  },
  {
    files: /^src\/(index|waymark|open-store|lease-thread)\./,
    never: /^src\/(cli|testing)\//,
    reason: "the package must load without the command line and without test tools",
  },
  {
    files: /^src\/client-web\//,
    only: /^src\/(core|client-web)\//,
    noPackages: /^node:/,
    reason: "the status client runs in browsers and needs no component",
  },
  {
    files: /^src\/view\//,
    only: /^src\/(core|client-web|view)\//,
    noPackages: /./,
    reason: "what is shown is made of data alone, so that React and the element show the same",
  },
  {
    files: /^src\/(react|element)\//,
    only: /^src\/(core|client-web|view|react|element)\//,
    noPackages: /^node:/,
    reason: "it runs in browsers: no Node, no server code",
  },
  {
    files: /^src\/(http|dashboard|bridges)\//,
    never: /^src\/(stores|cli|testing|worker)\//,
    reason: "adapters use what outsiders can use, so that anyone could have written them",
  },
  {
    files: /^src\//,
    never: /^src\/(stores|cli|testing)\/|^src\/(index|waymark|open-store)\./,
    reason: "this part knows the store contract of the core only, so that it works over any store",
  },
  {
    files: /^examples\//,
    only: /^(dist-)?examples\//,
    reason: 'an example shows what users can write: it imports the public entries, "waymark" or "waymark/…"',
  },
];

/**
 * Why `file` must not import `target`, or null when it may.
 *
 * @param {string} file    the importing file, from the repository's root with forward slashes
 * @param {string} target  a repository file, or a bare specifier such as "pg" or "node:fs"
 * @param {boolean} bare   whether `target` is a bare specifier
 * @returns {string | null}
 */
export function objection(file, target, bare) {
  const part = PARTS.find(({ files }) => files.test(file));
  if (!part) return null;
  const refused = bare
    ? part.noPackages?.test(target)
    : part.never?.test(target) || (part.only && !part.only.test(target));
  return refused ? `${file} must not import ${target}, because ${part.reason}.` : null;
}
