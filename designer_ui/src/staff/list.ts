// j and k move through the rows, Enter opens one, / goes to the search box.
import { isTyping } from "./keys";

export function listKeys(table: HTMLTableElement): void {
  const rows = [...table.querySelectorAll<HTMLTableRowElement>("tr[data-row]")];
  let place = -1;
  const go = (to: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    rows[place]?.classList.remove("is-cursor");
    place = rows.indexOf(row);
    row.classList.add("is-cursor");
    row.querySelector<HTMLAnchorElement>("a")?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (event.target as HTMLElement).matches("input[type=search]")) {
      (event.target as HTMLElement).blur();
      return;
    }
    if (isTyping(event)) return;
    if (event.key === "j") go(place + 1);
    else if (event.key === "k") go(place - 1);
    else if (event.key === "Enter" && document.activeElement === document.body && place >= 0)
      rows[place]?.querySelector<HTMLAnchorElement>("a")?.click();
    else if (event.key === "/") {
      event.preventDefault();
      document.querySelector<HTMLInputElement>("input[type=search]")?.focus();
    }
  });
}
