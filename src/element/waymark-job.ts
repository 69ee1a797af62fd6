/** `<waymark-job>`: the status component as a custom element, in the light DOM, drawn from the same markup as React's. */
import { createStatusClient } from "../client-web/light-client.js";
import type { JobWatch, StatusClient } from "../client-web/make-client.js";
import { hasEnded, type WatchSnapshot } from "../client-web/snapshot.js";
import { holdsFocus, rescueFocus } from "../view/focus.js";
import { type Later, laterParts, laterPartsFailed, loadLaterParts, onLaterParts } from "../view/later-parts.js";
import type { Markup } from "../view/markup.js";
import type { Messages } from "../view/messages.js";
import { Pace } from "../view/pace.js";
import { type Presentation, type PresentOptions, placeholder, present } from "../view/present.js";
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

/** What the properties hold. */
type Texts = Pick<PresentOptions, "messages" | "stageLabels" | "failures">;

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
  #texts: Texts = {};
  #watch: JobWatch | null = null;
  #pace: Pace | null = null;
  #leave: (() => void)[] = [];
  #seen: WatchSnapshot["status"] = null;
  #besides: InstanceType<Later["Beside"]> | null = null;
  /** The newest picture that was drawn. */
  #last: Presentation | null = null;
  /** The first one, until there is a voice that must not take a later one for it. */
  #first: Presentation | null = null;

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
    this.#say({ messages });
  }
  set stageLabels(stageLabels: Readonly<Record<string, string | StageLabel>> | undefined) {
    this.#say({ stageLabels });
  }
  set failures(failures: Readonly<Record<string, FailureText>> | undefined) {
    this.#say({ failures });
  }

  constructor() {
    super();
    this.addEventListener("click", ({ target }) => this.#press(target));
    this.addEventListener("focusin", () => {
      if (hasEnded(this.#seen)) this.#pace?.stay();
    });
    this.addEventListener("close", () => this.#pace?.ask(false), true);
  }

  connectedCallback(): void {
    this.#start();
  }

  disconnectedCallback(): void {
    this.#stop();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return;
    if (name === "job-id" || name === "src") this.#restart();
    else this.#draw();
  }

  #restart(): void {
    this.#stop();
    if (this.isConnected) this.#start();
  }

  #start(): void {
    const jobId = this.getAttribute("job-id") ?? "";
    if (this.#watch !== null || jobId === "") return;
    const { client } = this;
    const pace = new Pace(client.clock);
    this.#watch = client.watch(jobId);
    this.#pace = pace;
    this.#seen = null;
    this.#leave = [
      pace.subscribe(() => this.#draw()),
      this.#watch.subscribe(() => this.#follow()),
      onLaterParts(() => this.#draw()),
    ];
    this.#follow();
  }

  #stop(): void {
    for (const leave of this.#leave.splice(0)) leave();
    this.#pace?.stop();
    this.#besides?.end();
    this.#besides = null;
    this.#last = null;
    this.#first = null;
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
      onCompleted: this.hasAttribute("redirect") ? () => this.#redirect() : null,
      isBusy: () => holdsFocus(this),
    });
  }

  #draw(): void {
    const watch = this.#watch;
    const pace = this.#pace;
    if (watch === null || pace === null) return;
    const options = this.#options();
    const shown = options && present(watch.current(), pace.timing, options);
    if (shown === null) {
      void loadLaterParts();
      // Until the parts for the new picture are here, the last one stands; but not for longer than it is true.
      const isOver = laterPartsFailed() && this.#last?.input.snapshot.status !== this.#seen;
      if (this.#last === null || isOver) this.#patch(placeholder(options ?? {}, pace.timing));
      return;
    }
    this.#last = shown;
    this.#patch(shown.markup);
    this.#beside(shown);
  }

  #patch(markup: Markup): void {
    const hadFocus = holdsFocus(this);
    patchChildren(this, [markup]);
    if (hadFocus) rescueFocus(this);
  }

  /** The live region speaks, and the tab shows the state. Both come with the later parts. */
  #beside(shown: Presentation): void {
    const later = laterParts();
    if (later === null) {
      if (shown.view.look !== "loading") this.#first ??= shown;
      return;
    }
    this.#besides ??= new later.Beside(this.ownerDocument);
    this.#besides.show(this, [this.#first, shown], { announce: true, inTab: this.hasAttribute("in-tab") });
    this.#first = null;
  }

  /** Null while the language is on its way. */
  #options(): PresentOptions | null {
    const lang = this.closest("[lang]")?.getAttribute("lang") ?? "";
    const foreign = /^(?!en)[a-z]{2}\b/i.exec(lang)?.[0].toLowerCase();
    const catalogue = foreign === undefined ? {} : laterParts()?.catalogueOf(foreign, () => this.#draw());
    if (catalogue == null) return null;
    const given = (name: string): string | undefined => this.getAttribute(name) ?? undefined;
    const links = Object.entries(LINKS).map(([link, name]) => [link, given(name)]);
    return {
      ...this.#texts,
      messages: { ...catalogue, ...this.#texts.messages },
      variant: given("variant") === "compact" ? "compact" : "full",
      links: Object.fromEntries(links) as Partial<Record<LinkName, Link>>,
      actions: !this.hasAttribute("readonly"),
      subject: given("subject"),
      headingLevel: Number(given("heading-level")) || undefined,
      timeZone: given("time-zone"),
    };
  }

  #say(texts: Texts): void {
    this.#texts = { ...this.#texts, ...texts };
    this.#draw();
  }

  #press(target: EventTarget | null): void {
    const pressed = actionAt(target);
    if (pressed === null) return;
    const act = (): void => {
      const watch = this.#watch;
      if (watch === null || this.#pace === null) return;
      laterParts()?.perform(pressed.action, pressed.button, {
        snapshot: watch.current(),
        pace: this.#pace,
        retry: () => void watch.retry(),
        cancel: () => void watch.cancel(),
        follow: () => undefined,
      });
    };
    if (laterParts() === null) void loadLaterParts().then(act);
    else act();
  }

  #redirect(): void {
    const link = this.querySelector<HTMLAnchorElement>("a.wm-button[href]");
    if (link !== null && this.#tell("waymark-open", this.#seen, true)) link.click();
  }

  #tell(name: string, detail: unknown, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable, detail }));
  }
}
