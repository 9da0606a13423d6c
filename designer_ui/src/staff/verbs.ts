// The key shown on a button presses it; j and k go to the neighbour cases.
import { isTyping } from "./keys";

export function verbKeys(bar: HTMLElement): void {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event)) return;
    const key = event.key.toLowerCase();
    const target = bar.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    if (target) {
      event.preventDefault();
      target.focus();
      target.scrollIntoView({ block: "nearest" });
      if (target.tagName === "A") target.click();
    } else if (key === "j" || key === "k") {
      document.querySelector<HTMLAnchorElement>(`a[rel="${key === "j" ? "next" : "prev"}"]`)?.click();
    }
  });
}
