/** `<waymark-job>`: the status component as a custom element, in the light DOM, drawn from the same markup as React's. */
import { createStatusClient, type JobWatch, type StatusClient } from "../client-web/client.js";
import { hasEnded, type WatchSnapshot } from "../client-web/snapshot.js";
import { es } from "../view/es.js";
import { announce, hush } from "../view/live-region.js";
import type { Messages } from "../view/messages.js";
import { Pace } from "../view/pace.js";
import { claimTab } from "../view/page-title.js";
import { holdsFocus, openQuestion, perform, rescueFocus } from "../view/perform.js";
import { type PresentOptions, present } from "../view/present.js";
import type { FailureText, Link, LinkName, StageLabel } from "../view/view-types.js";
import { actionAt, patchChildren } from "./patch.js";

/** On a server there is no such class; importing must not fail there. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (Object as unknown as typeof HTMLElement);

/** One client for each address, so that all elements of a page share one line. */
const clients = new Map<string, StatusClient>();

const LINKS: Readonly<Record<LinkName, string>> = {
  open: "open-href",
  startNew: "new-href",
  list: "jobs-href",
  details: "details-href",
};

/**
 * Attributes: `job-id`; `src`, where the API is mounted (default "/api"); `variant` ("full" or "compact"); `subject`;
 * `open-href`, `new-href`, `jobs-href`, `details-href`; `redirect`, to follow `open-href` 1.5 s after completion;
 * `heading-level`; `time-zone`; `readonly`; `in-tab`, to show the state in the page's title and icon. Language: `lang` of the element or the page.
 *
 * Events, all bubbling: `waymark-status` on each new status, `waymark-completed` once when the job has completed, both with
 * the status as `detail`; `waymark-open` before `open-href` is followed by itself, which `preventDefault()` leaves undone.
 */
export class WaymarkJob extends Base {
  static readonly observedAttributes: readonly string[] = [
    "job-id",
    "src",
    "variant",
    "subject",
    "redirect",
    "heading-level",
    "time-zone",
    "readonly",
    "in-tab",
    "lang",
    ...Object.values(LINKS),
  ];

  #client: StatusClient | null = null;
  #messages: Partial<Messages> | undefined;
  #stageLabels: Readonly<Record<string, string | StageLabel>> | undefined;
  #failures: Readonly<Record<string, FailureText>> | undefined;
  #watch: JobWatch | null = null;
  #pace: Pace | null = null;
  #leave: (() => void)[] = [];
  #seen: WatchSnapshot["status"] = null;
  #tab: ReturnType<typeof claimTab> | null = null;
  #queued = false;

  /** The client to use instead of a shared one for `src`: for headers, credentials, tests. */
  set client(client: StatusClient | null) {
    this.#client = client;
    this.#restart();
  }
  get client(): StatusClient {
    if (this.#client !== null) return this.#client;
    const baseUrl = this.getAttribute("src") ?? "/api";
    const shared = clients.get(baseUrl) ?? createStatusClient({ baseUrl });
    clients.set(baseUrl, shared);
    return shared;
  }

  /** Replacements of single texts, or a catalogue. */
  set messages(messages: Partial<Messages> | undefined) {
    this.#messages = messages;
    this.#draw();
  }
  set stageLabels(labels: Readonly<Record<string, string | StageLabel>> | undefined) {
    this.#stageLabels = labels;
    this.#draw();
  }
  set failures(failures: Readonly<Record<string, FailureText>> | undefined) {
    this.#failures = failures;
    this.#draw();
  }

  connectedCallback(): void {
    this.addEventListener("click", this.#onClick);
    this.addEventListener("focusin", this.#onFocus);
    this.addEventListener("close", this.#onClose, true);
    this.#start();
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#onClick);
    this.removeEventListener("focusin", this.#onFocus);
    this.removeEventListener("close", this.#onClose, true);
    this.#stop();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return;
    // Several attributes set in a row are one change.
    if (name === "job-id" || name === "src") this.#restart();
    else this.#draw();
  }

  #restart(): void {
    if (!this.isConnected || this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      this.#stop();
      if (this.isConnected) this.#start();
    });
  }

  #start(): void {
    const jobId = this.getAttribute("job-id") ?? "";
    if (this.#watch !== null || jobId === "") return;
    const { client } = this;
    const pace = new Pace({ clock: client.clock, onCompleted: null, isBusy: () => false });
    this.#watch = client.watch(jobId);
    this.#pace = pace;
    this.#seen = null;
    this.#leave = [
      pace.subscribe(() => this.#draw()),
      this.#watch.subscribe(() => this.#follow()),
      () => hush(this.ownerDocument, jobId),
    ];
    this.#follow();
  }

  #stop(): void {
    for (const leave of this.#leave.splice(0)) leave();
    this.#pace?.stop();
    this.#tab?.release();
    this.#tab = null;
    this.#watch = null;
    this.#pace = null;
  }

  /** Takes a new snapshot: tells the page of it, then lets time go on from there. */
  #follow(): void {
    const snapshot = this.#watch?.current();
    const pace = this.#pace;
    if (snapshot === undefined || pace === null) return;
    const { status } = snapshot;
    const before = this.#seen;
    this.#seen = status;
    if (status !== null && status !== before) {
      this.#tell("waymark-status", status);
      if (status.status === "completed" && before?.status !== "completed") this.#tell("waymark-completed", status);
    }
    pace.follow(snapshot, {
      clock: this.client.clock,
      onCompleted: this.hasAttribute("redirect") ? () => this.#redirect() : null,
      isBusy: () => holdsFocus(this),
    });
  }

  #draw(): void {
    const watch = this.#watch;
    const pace = this.#pace;
    if (watch === null || pace === null) return;
    const { timing } = pace;
    const { view, markup } = present(watch.current(), timing, this.#options());
    const hadFocus = holdsFocus(this);
    patchChildren(this, [markup]);
    openQuestion(this);
    if (hadFocus) rescueFocus(this);
    if (this.hasAttribute("in-tab")) {
      this.#tab ??= claimTab(this.ownerDocument);
      this.#tab.show(view);
    }
    announce(this.ownerDocument, watch.jobId, view, timing);
  }

  #options(): PresentOptions {
    const lang = this.closest("[lang]")?.getAttribute("lang") ?? "";
    const subject = this.getAttribute("subject");
    const level = Number(this.getAttribute("heading-level") ?? 0);
    const timeZone = this.getAttribute("time-zone");
    const links: Partial<Record<LinkName, Link>> = {};
    for (const name of Object.keys(LINKS) as LinkName[]) {
      const href = this.getAttribute(LINKS[name]);
      if (href !== null) links[name] = href;
    }
    const spanish = /^es\b/i.test(lang);
    return {
      variant: this.getAttribute("variant") === "compact" ? "compact" : "full",
      messages: { ...(spanish ? es : {}), ...this.#messages },
      links,
      actions: !this.hasAttribute("readonly"),
      ...(subject === null ? {} : { subject }),
      ...(level > 0 ? { headingLevel: level } : {}),
      ...(timeZone === null ? {} : { timeZone }),
      ...(this.#stageLabels === undefined ? {} : { stageLabels: this.#stageLabels }),
      ...(this.#failures === undefined ? {} : { failures: this.#failures }),
    };
  }

  readonly #onClick = (event: Event): void => {
    const pressed = actionAt(event.target);
    const watch = this.#watch;
    if (pressed === null || watch === null || this.#pace === null) return;
    perform(pressed.action, pressed.button, {
      snapshot: watch.current(),
      pace: this.#pace,
      retry: () => void watch.retry(),
      cancel: () => void watch.cancel(),
      follow: () => undefined,
    });
  };
  readonly #onFocus = (): void => {
    if (hasEnded(this.#seen)) this.#pace?.stay();
  };
  readonly #onClose = (): void => this.#pace?.ask(false);

  #redirect(): void {
    const link = this.querySelector<HTMLAnchorElement>("a.wm-button[href]");
    if (link !== null && this.#tell("waymark-open", this.#seen, true)) link.click();
  }

  #tell(name: string, detail: unknown, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable, detail }));
  }
}
