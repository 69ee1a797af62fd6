/** A story's page: its charts can be read as tables, and focus begins at the title after the way here. */

export function storyPage(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-table]")) {
    const table = document.getElementById(button.dataset["table"] ?? "");
    button.addEventListener("click", () => {
      if (table === null) return;
      table.hidden = !table.hidden;
      button.setAttribute("aria-expanded", String(!table.hidden));
      button.textContent = table.hidden ? "Show as table" : "Hide the table";
    });
  }
  if (sessionStorage.getItem("arrived") === location.pathname) {
    sessionStorage.removeItem("arrived");
    document.getElementById("title")?.focus();
  }
}
