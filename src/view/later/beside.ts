/** What a page does beside drawing a job: the live region speaks, the tab shows the state, the question opens. */
import type { Presentation } from "../present.js";
import { announce, hush } from "./live-region.js";
import { claimTab, type Tab } from "./page-title.js";
import { openQuestion } from "./question.js";

export interface BesideOptions {
  /** Says aloud what is new. */
  readonly announce: boolean;
  /** Shows the state in the page's title and icon. */
  readonly inTab: boolean;
}

export class Beside {
  readonly #document: Document;
  #tab: Tab | null = null;
  #jobId: string | null = null;

  constructor(document: Document) {
    this.#document = document;
  }

  /**
   * @param root      where the newest picture was drawn
   * @param pictures  the newest one last; one before it was on the page before there was a voice, and is not said
   */
  show(root: Element | null, pictures: readonly (Presentation | null)[], options: BesideOptions): void {
    openQuestion(root);
    for (const picture of pictures) {
      if (picture === null) continue;
      const { input, view } = picture;
      const { jobId } = input.snapshot;
      if (this.#jobId !== null && this.#jobId !== jobId) hush(this.#document, this.#jobId);
      this.#jobId = jobId;
      if (options.announce) announce(this.#document, input, view);
      if (options.inTab) (this.#tab ??= claimTab(this.#document)).show(input, view);
      else this.#letGo();
    }
  }

  /** The job left the page: the tab is given back, and nothing more is said. */
  end(): void {
    if (this.#jobId !== null) hush(this.#document, this.#jobId);
    this.#jobId = null;
    this.#letGo();
  }

  #letGo(): void {
    this.#tab?.release();
    this.#tab = null;
  }
}
