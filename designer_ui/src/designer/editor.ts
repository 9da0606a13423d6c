// The text of one part: saved with the revision that was read, so that nobody overwrites anybody.
import { Refusal, read, write } from "./api";
import { el } from "./dom";
import { clock } from "./moments";
import { say } from "./words";

const PAUSE = 1500;

export async function editor(app: string, path: string, changed: () => void): Promise<HTMLElement> {
  let { revision, content } = await read(app, path);
  const id = "part-text";
  const text = el("textarea", { id, class: "input source", spellcheck: "false", autocapitalize: "off" });
  text.value = content;
  const status = el("span", { class: "meta", role: "status" });
  const button = el("button", { class: "btn btn--primary", type: "button" }, say("save"));
  const reload = el("button", { class: "btn", type: "button", hidden: "" }, say("reload"));
  let waiting = 0;
  let busy = false;

  const save = async (): Promise<void> => {
    window.clearTimeout(waiting);
    if (busy || text.value === content) return;
    busy = true;
    const sent = text.value;
    status.textContent = say("saving");
    try {
      ({ revision } = await write(app, path, revision, sent));
      content = sent;
      status.textContent = say("saved", { at: clock(new Date()) });
      changed();
    } catch (error) {
      const conflict = error instanceof Refusal && error.status === 409;
      status.textContent = conflict ? say("conflict") : say("save_failed", { reason: String((error as Error).message) });
      reload.hidden = !conflict;
    } finally {
      busy = false;
    }
    if (text.value !== sent && reload.hidden) waiting = window.setTimeout(() => void save(), PAUSE);
  };

  text.addEventListener("input", (event) => {
    if ((event as InputEvent).isComposing) return;
    status.textContent = say("unsaved");
    window.clearTimeout(waiting);
    if (reload.hidden) waiting = window.setTimeout(() => void save(), PAUSE);
  });
  text.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      void save();
    }
  });
  button.addEventListener("click", () => void save());
  reload.addEventListener("click", async () => {
    ({ revision, content } = await read(app, path));
    text.value = content;
    reload.hidden = true;
    status.textContent = "";
  });
  return el(
    "div",
    { class: "editor" },
    el("label", { class: "field__label", for: id }, say("text_of", { path })),
    text,
    el("div", { class: "bar" }, button, reload, status),
  );
}
