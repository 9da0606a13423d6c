// What all rooms share: a part with its history, drawn again after each change of its shape.
import { type Problem, read, write } from "./api";
import { button, mark } from "./controls";
import { el } from "./dom";
import { History } from "./history";
import { type Key, say } from "./words";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export interface Room {
  element: HTMLElement;
  show(problems: Problem[]): void;
}

const open = new Map<string, Promise<History<Json>>>();

export function forget(): void {
  open.clear();
}

// Save what was typed a moment ago before one leaves; false where something could not be saved.
export async function flush(): Promise<boolean> {
  const all = await Promise.all([...open.values()]);
  await Promise.all(all.map((each) => each.save()));
  return all.every((each) => !each.dirty);
}

let unsaved = false;
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

function note(history: History<Json>): void {
  unsaved = history.dirty;
}

// What somebody else of us wrote into a part: it is read again when its room is opened.
export async function stale(key: string): Promise<void> {
  const known = await open.get(key);
  if (known && !known.dirty) open.delete(key);
}

export function partHistory(app: string, path: string): Promise<History<Json>> {
  return kept(`${app}/${path}`, () =>
    History.open<Json>(
      async () => {
        const part = await read(app, path);
        return { value: JSON.parse(part.content) as Json, revision: part.revision };
      },
      async (value, revision) => (await write(app, path, revision, JSON.stringify(value, null, 2) + "\n")).revision,
    ),
  );
}

export function kept(key: string, make: () => Promise<History<Json>>): Promise<History<Json>> {
  const known = open.get(key);
  if (known) return known;
  const made = make();
  open.set(key, made);
  made.catch(() => open.delete(key));
  return made;
}

export type Act = (words: Key, how: () => void) => void;
export type Type = (words: Key, target: string, how: () => void) => void;

// Draw a part. `act` changes its shape and draws again, `type` only keeps what is typed.
export function room(
  history: History<Json>,
  part: string,
  changed: () => void,
  draw: (value: Json, act: Act, type: Type) => Node[],
): Room {
  const status = el("span", { class: "meta", role: "status" });
  const undo = button(say("undo"), () => back("undo"));
  const redo = button(say("redo"), () => back("redo"));
  const reload = button(say("reload"), () => {
    forget();
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  });
  const body = el("div", { class: "things" });
  let problems: Problem[] = [];

  const tools = (): void => {
    status.textContent = history.status;
    note(history);
    undo.disabled = !history.canUndo;
    redo.disabled = !history.canRedo;
    undo.title = history.canUndo;
    redo.title = history.canRedo;
    reload.hidden = !history.blocked;
  };
  const redraw = (): void => {
    const opened = new Set([...body.querySelectorAll<HTMLElement>("details[open]")].map((each) => each.dataset["thing"]));
    const at = document.activeElement instanceof HTMLElement ? document.activeElement.id : "";
    body.replaceChildren(...draw(history.value, act, type));
    for (const each of body.querySelectorAll<HTMLDetailsElement>("details[data-thing]"))
      if (opened.has(each.dataset["thing"])) each.open = true;
    if (at) document.getElementById(at)?.focus();
    mark(body, part, problems);
    tools();
  };
  const act: Act = (words, how) => {
    history.change(say(words), "", how);
    redraw();
  };
  const type: Type = (words, target, how) => {
    history.change(say(words), target, how);
    tools();
  };
  const back = (way: "undo" | "redo"): void => {
    history[way]();
    redraw();
  };
  history.onstatus = tools;
  history.onsaved = () => {
    tools();
    changed();
  };
  const element = el(
    "section",
    { class: "designing" },
    el("div", { class: "designing__tools", role: "toolbar" }, undo, redo, reload, status),
    body,
  );
  element.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === "s") void history.save();
    else if (key === "z") back(event.shiftKey ? "redo" : "undo");
    else if (key === "y") back("redo");
    else return;
    event.preventDefault();
  });
  redraw();
  return {
    element,
    show: (found) => {
      problems = found;
      mark(body, part, problems);
    },
  };
}
