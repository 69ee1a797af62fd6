/** What a command is, and what it is given to run with. */
import type { Clock } from "../core/clock.js";
import type { Waymark } from "../waymark.js";
import type { ExitCode } from "./errors.js";
import type { Screen } from "./screen.js";

export interface OptionSpec {
  readonly type: "string" | "boolean";
  /** May be given several times, and takes several values parted by commas. */
  readonly multiple?: true;
  readonly short?: string;
  /** What stands for the value in the help, such as DURATION. */
  readonly value?: string;
  /** For the help: what it does, and its default. */
  readonly about: string;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The arguments, as in the usage line: "ID", "[FILE]". */
  readonly args: readonly string[];
  /** What else there is to know, for the command's own help. */
  readonly about: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  run(context: Context): Promise<ExitCode>;
}

export interface OpenOptions {
  /** Default "check": a look never changes a schema. "auto" also creates a database file that is missing. */
  readonly migrate?: "auto" | "check";
  /** How long finished jobs are kept by this process. Default: it removes none. */
  readonly keep?: string;
  /** Whether troubles in the background are told on standard error. Default false. */
  readonly log?: boolean;
}

export interface Context {
  readonly args: readonly string[];
  readonly json: boolean;
  readonly screen: Screen;
  readonly clock: Clock;
  /** The folder that relative paths start from. */
  readonly folder: string;
  /** Who acts when nobody is named: the user of this computer. */
  readonly user: string;
  flag(name: string): boolean;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  /** A whole number from `least` on. */
  wholeNumber(name: string, least: number): number | undefined;
  /** The store as it was named. */
  storeUrl(): string;
  /** Options that belong to the store, such as the schema. */
  storeOptions(): Readonly<Record<string, unknown>>;
  /** Opens the store. It is closed when the command has ended. */
  open(options?: OpenOptions): Promise<Waymark>;
  /**
   * Aborts at the first SIGINT or SIGTERM and, unless told to go on, when nobody reads what is written; `reason` is the
   * signal's name or "closed". The second signal ends the process at once. Without asking for this, the first one does.
   */
  stopSignal(whenUnread?: "stop" | "goOn"): AbortSignal;
}
