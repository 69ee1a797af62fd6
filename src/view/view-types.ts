/** What a picture of a job is made of, and what it consists of before it becomes markup. */
import type { WatchSnapshot } from "../client-web/snapshot.js";
import type { Shape } from "./icons.js";
import type { TimeLeft } from "./later/time-left.js";
import type { Later } from "./later-parts.js";
import type { ActionName } from "./markup.js";
import type { TrailFacts } from "./trail.js";
import type { Language, Words } from "./words.js";

/** How a stage is called: in the list, and as a phrase in the title. */
export interface StageLabel {
  readonly name?: string;
  /** "Analyzing your data". Default: the name. */
  readonly phrase?: string;
  /** "Row {done} of {total}". Default "{done} of {total}". */
  readonly count?: string;
  /** "{done} pictures so far", while the total is unknown. */
  readonly soFar?: string;
}

/** What an app knows of one of its own error codes. */
export interface FailureText {
  readonly title?: string;
  /** What the person can do, after the error's own message. */
  readonly advice?: string;
}

/** The result, a new job, the person's jobs, more about a failed one. */
export type LinkName = "open" | "startNew" | "list" | "details";
/** Addresses other than http, https and relative ones are left out. */
export type Link = string | (() => void);

export interface ViewOptions extends Language {
  /** What the job is about, as its owner calls it: a file's name. Default: `metadata.subject` or `metadata.fileName`. */
  readonly subject?: string | undefined;
  readonly stageLabels?: Readonly<Record<string, string | StageLabel>> | undefined;
  /** By error code. */
  readonly failures?: Readonly<Record<string, FailureText>> | undefined;
  /** What other jobs are called, by id: named when this one waits for them. */
  readonly subjects?: Readonly<Record<string, string>> | undefined;
  /** Where the app can take the person: an address, or a function. A button appears only for those given. */
  readonly links?: Readonly<Partial<Record<LinkName, Link>>> | undefined;
  /** False for people who may only look: no cancel, no retry. Default true. */
  readonly actions?: boolean | undefined;
  /** False leaves the list of stages out of the card. Default true. */
  readonly stages?: boolean | undefined;
}

/** What has to do with the moment; see pace.ts. All null or false on a server. */
export interface Timing {
  /** Null before the first turn in a browser: then nothing is counted and no "today" is said. */
  readonly now: number | null;
  /** When the status on the screen arrived. */
  readonly statusAt: number | null;
  /** Null while there is no evidence, and until the later parts are here. */
  readonly left: TimeLeft | null;
  /** The line has been lost for 3 s. */
  readonly lost: boolean;
  /** Nothing arrived for 400 ms. */
  readonly skeleton: boolean;
  readonly redirecting: boolean;
  /** The question before cancelling is open. */
  readonly asking: boolean;
  readonly copied: boolean;
}

export interface ViewInput {
  readonly snapshot: WatchSnapshot;
  readonly timing: Timing;
  readonly options: ViewOptions;
  readonly words: Words;
  /** Null while it is on its way. */
  readonly later: Later | null;
}

export interface ActionView {
  readonly action: ActionName;
  readonly label: string;
  readonly kind: "primary" | "quiet" | "plain";
  readonly icon?: Shape;
  readonly busy?: boolean;
  /** Then it is a link. */
  readonly href?: string;
}

export interface NoteView {
  readonly tone: "" | "slow" | "line";
  readonly icon: Shape;
  readonly strong?: string;
  readonly text: string;
}

export interface StageRow {
  readonly state: "done" | "current" | "upcoming";
  readonly name: string;
  readonly time: string;
}

/** `data-status` of the component. */
export type Look =
  | "loading"
  | "scheduled"
  | "pending"
  | "processing"
  | "retrying"
  | "cancelling"
  | "completed"
  | "failed"
  | "cancelled"
  | "expired"
  | "purged"
  | "unknown";

export interface JobView {
  readonly look: Look;
  readonly icon: Shape;
  readonly title: string;
  readonly subject: string | null;
  /** "49%", or "2 of 3" while retrying. */
  readonly corner: string | null;
  readonly line: string | null;
  readonly time: string | null;
  /** A paragraph in place of the line. */
  readonly text: string | null;
  readonly note: NoteView | null;
  readonly stages: readonly StageRow[];
  readonly actions: readonly ActionView[];
  /** Why a button is not there. */
  readonly refusal: string | null;
  readonly reference: string | null;
  readonly trail: TrailFacts | null;
  /** Whether nothing more comes by itself. */
  readonly ended: boolean;
}

/** The parts every state fills in; the rest has a plain default. */
export type ViewPart = Pick<JobView, "look" | "icon" | "title"> & Partial<JobView>;
