/** A bug that could be written any day, planted on purpose: some test must fail for it. */
export interface Mutant {
  /** Where and what, in a few words: unique. */
  readonly id: string;
  /** What goes wrong with it, as a rule that is broken. */
  readonly breaks: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly search: string;
  readonly replace: string;
  /** Test files, of which at least one must fail. */
  readonly tests: readonly string[];
}
