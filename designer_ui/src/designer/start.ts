// A new app: its name, whose it is, who works on it. The rest is there already and can be changed.
import { create, start } from "./api";
import { button, choose, field, held, text } from "./controls";
import { el } from "./dom";
import { say } from "./words";

export async function startForm(opened: (app: string) => void): Promise<HTMLElement> {
  const lists = await start();
  const wrong = el("p", { class: "field__error", role: "alert", hidden: "" });
  const name = text("", () => undefined, { maxlength: "60", id: "new-name" });
  const pick = (list: (readonly [string, string])[]): HTMLSelectElement =>
    choose("", [["", say("choose")], ...list], () => undefined);
  const posts = lists.roles.map((each) => [each.code, held(each)] as const);
  const office = pick(lists.departments.map((each) => [each.code, each.name] as const));
  const first = pick(posts);
  const last = pick(posts);
  const make = button(say("app_make"), () => void send(), "btn--primary");
  const send = async (): Promise<void> => {
    make.disabled = true;
    try {
      const made = await create(name.value.trim(), office.value, [first.value, last.value]);
      opened(made.id);
    } catch (error) {
      wrong.textContent = (error as Error).message;
      wrong.hidden = false;
      make.disabled = false;
    }
  };
  const form = el("form", { class: "pane starting" },
    el("h2", {}, say("app_new")), el("p", { class: "meta" }, say("app_new_lead")), wrong,
    field(say("app_name"), name, say("app_name_hint")), field(say("app_office"), office),
    field(say("app_first"), first), field(say("app_last"), last), el("div", { class: "actions" }, make));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  return form;
}
