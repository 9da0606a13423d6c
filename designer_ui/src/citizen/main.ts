// Citizen pages work without this script; it only makes them kinder.
import "./style.css";
import { keepSaving } from "./autosave";
import { followed } from "../live/load";
import { preview } from "./preview";
import { warn } from "./idle";
import { pad } from "./signature";
import { sendKindly } from "./upload";

document.querySelectorAll<HTMLFormElement>("form[data-autosave]").forEach(keepSaving);
void followed();
document.querySelectorAll<HTMLInputElement>('input[type="file"][accept*="image"]').forEach(preview);
document.querySelectorAll<HTMLFormElement>('form[enctype="multipart/form-data"]').forEach(sendKindly);
document.querySelectorAll<HTMLElement>("[data-signature]").forEach(pad);
document.querySelectorAll<HTMLElement>("[data-idle]").forEach(warn);

// The summary of errors is what a reader should hear first.
document.querySelector<HTMLElement>(".errors")?.focus();

// One press is one submission; the server refuses the second one anyway.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset["sent"]) {
    event.preventDefault();
    return;
  }
  if (form.method === "post" && !event.defaultPrevented) {
    form.dataset["sent"] = "1";
    (event.submitter as HTMLElement | null)?.setAttribute("aria-busy", "true");
  }
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset["sent"]);
  document.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});
