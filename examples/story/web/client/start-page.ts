/** The first page: a file chosen or dropped, a data set, a rehearsal. */
import { begin } from "./send.js";

/** As on the server, which has the last word. */
const MAX_BYTES = 20_000_000;

export function startPage(): void {
  const drop = byId("drop");
  const input = byId("file") as HTMLInputElement;
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file) void take(file);
  });
  // Outside the zone a dropped file would replace the page.
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => event.preventDefault());
  for (const type of ["dragenter", "dragover"] as const) {
    drop.addEventListener(type, () => drop.toggleAttribute("data-over", true));
  }
  for (const type of ["dragleave", "drop"] as const) {
    drop.addEventListener(type, () => drop.toggleAttribute("data-over", false));
  }
  drop.addEventListener("drop", (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void take(file);
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-sample], [data-rehearsal]")) {
    const { sample, rehearsal } = button.dataset;
    button.addEventListener("click", () => {
      void whileBusy(() => begin(sample ? `/samples/${sample}` : `/rehearsals/${rehearsal}`));
    });
  }
  // Coming back with the back button shows the page as it was left: still busy.
  addEventListener("pageshow", () => setBusy(false));
}

async function take(file: File): Promise<void> {
  const input = byId("file") as HTMLInputElement;
  if (file.size > MAX_BYTES) {
    say("That file is larger than 20 MB. Choose a smaller file or a part of it.");
  } else {
    byId("drop-title").textContent = `Sending ${file.name}…`;
    await whileBusy(() => begin(`/uploads?name=${encodeURIComponent(file.name)}`, file));
  }
  // So that choosing the same file again is a change again.
  input.value = "";
}

let busy = false;
async function whileBusy(work: () => Promise<string>): Promise<void> {
  if (busy) return;
  setBusy(true);
  say("");
  const problem = await work();
  if (problem === "") return;
  setBusy(false);
  say(problem);
}

function setBusy(now: boolean): void {
  busy = now;
  byId("drop").toggleAttribute("data-busy", now);
  if (!now) byId("drop-title").textContent = "Drop a CSV file here";
  for (const button of document.querySelectorAll(".pick")) {
    if (now) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

/** Said in place; an empty sentence takes the last one away. */
function say(sentence: string): void {
  byId("problem").textContent = sentence;
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}.`);
  return found;
}
