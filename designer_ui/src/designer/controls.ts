// Controls of the designer: labelled, with what is wrong beside them.
import type { Problem, Role } from "./api";
import { el } from "./dom";
import { type Key, say } from "./words";

let count = 0;

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export function field(label: string, control: Control, hint = ""): HTMLElement {
  control.id ||= `d-${++count}`;
  const help = hint ? el("p", { class: "field__hint", id: `${control.id}-h` }, hint) : null;
  if (help) control.setAttribute("aria-describedby", help.id);
  return el("div", { class: "field" }, el("label", { class: "field__label", for: control.id }, label), help, control);
}

export function text(value: string, changed: (value: string) => void, more: Record<string, string> = {}): HTMLInputElement {
  const input = el("input", { class: "input", autocomplete: "off", maxlength: "200", ...more });
  input.value = value;
  input.addEventListener("input", (event) => {
    if (!(event as InputEvent).isComposing) changed(input.value);
  });
  input.addEventListener("compositionend", () => changed(input.value));
  return input;
}

export function area(value: string, changed: (value: string) => void, rows = 2): HTMLTextAreaElement {
  const input = el("textarea", { class: "input", rows: String(rows), maxlength: "4000" });
  input.value = value;
  input.addEventListener("input", (event) => {
    if (!(event as InputEvent).isComposing) changed(input.value);
  });
  input.addEventListener("compositionend", () => changed(input.value));
  return input;
}

export function choose(
  value: string,
  choices: readonly (readonly [string, string])[],
  changed: (value: string) => void,
): HTMLSelectElement {
  const known = choices.some(([code]) => code === value);
  const all = known || !value ? choices : [...choices, [value, value] as const];
  const select = el("select", { class: "input" }, ...all.map(([code, words]) => el("option", { value: code }, words)));
  select.value = value;
  select.addEventListener("change", () => changed(select.value));
  return select;
}

export function tick(label: string, value: boolean, changed: (value: boolean) => void): HTMLElement {
  const box = el("input", { type: "checkbox" });
  box.checked = value;
  box.addEventListener("change", () => changed(box.checked));
  return el("label", { class: "tick" }, box, el("span", {}, label));
}

export function button(words: string, pressed: () => void, kind = ""): HTMLButtonElement {
  const made = el("button", { class: `btn ${kind}`.trim(), type: "button" }, words);
  made.addEventListener("click", pressed);
  return made;
}

// Up, down and away, named for those who do not see where the button stands.
export function moves(
  list: unknown[],
  index: number,
  name: string,
  act: (words: Key, how: () => void) => void,
  ...more: HTMLButtonElement[]
): HTMLElement {
  const swap = (other: number) => (): void => {
    const [thing] = list.splice(index, 1);
    list.splice(other, 0, thing);
  };
  const up = button(say("up"), () => act("moved", swap(index - 1)), "btn--bare");
  const down = button(say("down"), () => act("moved", swap(index + 1)), "btn--bare");
  const away = button(say("remove"), () => act("removed", () => list.splice(index, 1)), "btn--bare");
  up.disabled = index === 0;
  down.disabled = index === list.length - 1;
  for (const each of [up, down, ...more, away]) each.append(el("span", { class: "sr" }, ` ${name}`));
  return el("span", { class: "thing__moves" }, up, down, ...more, away);
}

// Say each problem beside the thing it is about; the longest id that is shown wins.
export function mark(root: HTMLElement, part: string, found: Problem[]): void {
  for (const old of root.querySelectorAll(".thing__wrong")) old.remove();
  for (const problem of found) {
    const [where = "", inside = ""] = problem.path.split("#");
    if (where !== part || problem.severity !== "error") continue;
    const things = inside.split(".").reverse();
    const place = things.map((id) => root.querySelector<HTMLElement>(`[data-thing="${CSS.escape(id)}"]`)).find(Boolean);
    const words = [problem.message, problem.fix].filter(Boolean).join(" ");
    const note = el("p", { class: "field__error thing__wrong" }, words);
    const summary = place?.querySelector(":scope > summary");
    if (summary) summary.after(note);
    else (place ?? root).prepend(note);
    if (place instanceof HTMLDetailsElement) place.open = true;
  }
}

// A post by its name and by how many hold it: where nobody does, tasks find nobody.
export const held = (role: Role): string =>
  role.people ? say("role_held", { name: role.name, people: role.people }) : say("role_empty", { name: role.name });

export const fresh = (prefix: string): string =>
  `${prefix}_${Date.now().toString(36)}${Math.floor(Math.random() * 36).toString(36)}`;
