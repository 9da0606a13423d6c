// Staff pages: the keyboard is an addition, every key has a link or a button.
import "./style.css";
import { followed } from "../live/load";
import { drawBoard } from "./board";
import { listKeys } from "./list";
import { verbKeys } from "./verbs";

document.querySelectorAll<HTMLTableElement>("table[data-keys]").forEach(listKeys);
document.querySelectorAll<HTMLElement>("[data-verbs]").forEach(verbKeys);
const plots = [...document.querySelectorAll<HTMLElement>(".plot[data-option]")];
if (plots.length) void drawBoard(plots);
document.querySelector<HTMLElement>(".errors")?.focus();
void followed();

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset["sent"]) event.preventDefault();
  else if (form.method === "post" && !("again" in form.dataset)) form.dataset["sent"] = "1";
});
window.addEventListener("pageshow", () =>
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset["sent"]),
);
