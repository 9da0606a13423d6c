// The form: questions in sections; each is added, named, asked, hidden and moved here.
import { type Type as FieldType, type Word, palette, words } from "./api";
import { area, button, field, fresh, moves, text, tick } from "./controls";
import { el } from "./dom";
import { type Act, type Json, type Room, type Type, partHistory, room } from "./room";
import { rows } from "./rows";
import { say } from "./words";

const CHOICES = new Set(["radio", "select", "multiselect"]);

export async function formRoom(app: string, path: string, changed: () => void): Promise<Room> {
  const [history, types, known] = await Promise.all([partHistory(app, path), palette(), words(app)]);
  const kinds = types.types.filter((each) => each.id !== "password");
  return room(history, path, changed, (form: Json, act, type) => [
    ...(form.sections as Json[]).map((section, index) => drawSection(app, form, section, index, kinds, known.inputs, act, type)),
    button(say("section_add"), () =>
      act("section_added", () => {
        const first = form.sections[0] as Json | undefined;
        form.sections.push({
          id: fresh("s"),
          title: say("section_new"),
          fields: [],
          rights: JSON.parse(JSON.stringify(first?.rights ?? [])) as Json,
        });
      }),
    ),
  ]);
}

function drawSection(
  app: string, form: Json, section: Json, index: number, kinds: FieldType[], known: Word[], act: Act, type: Type,
): HTMLElement {
  const title = text(section.title ?? "", (value) => type("section_titled", `${section.id}.title`, () => (section.title = value)));
  const questions = (section.fields as Json[]).map((question, place) =>
    drawField(app, section, question, place, kinds, known, act, type),
  );
  return el(
    "fieldset",
    { class: "pane", "data-thing": section.id as string },
    el("legend", { class: "sr" }, section.title as string),
    el("div", { class: "thing__head" }, field(say("section_title"), title), moves(form.sections, index, section.title as string, act)),
    ...(questions.length ? questions : [el("p", { class: "empty" }, say("section_empty"))]),
    drawAdd(section, kinds, act),
  );
}

function drawAdd(section: Json, kinds: FieldType[], act: Act): HTMLElement {
  const names = area("", () => undefined, 1);
  const groups = new Map<string, FieldType[]>();
  for (const each of kinds) groups.set(each.group.name, [...(groups.get(each.group.name) ?? []), each]);
  const pick = el(
    "select",
    { class: "input", id: `k-${section.id as string}` },
    ...[...groups].map(([name, list]) =>
      el("optgroup", { label: name }, ...list.map((each) => el("option", { value: each.id, title: each.summary }, each.name))),
    ),
  );
  names.id = `n-${section.id as string}`;
  const add = (): void => {
    const labels = names.value.split("\n").map((each) => each.trim()).filter(Boolean);
    const kind = kinds.find((each) => each.id === pick.value);
    if (!kind || !labels.length) {
      names.focus();
      return;
    }
    names.value = "";
    act("field_added", () => {
      labels.forEach((label, order) => {
        const start = JSON.parse(JSON.stringify(kind.starts_with)) as Json;
        section.fields.push({ id: `${fresh("q")}${order}`, type: kind.id, label: label.slice(0, 200), ...start });
      });
    });
  };
  names.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      add();
    }
  });
  return el(
    "div",
    { class: "adding" },
    field(say("field_new"), names, say("field_new_hint")),
    field(say("field_type"), pick),
    button(say("field_add"), add, "btn--primary"),
  );
}

function drawField(
  app: string, section: Json, question: Json, place: number, kinds: FieldType[], known: Word[], act: Act, type: Type,
): HTMLElement {
  const kind = kinds.find((each) => each.id === question.type);
  const key = question.id as string;
  const set = (name: string, value: string): void => {
    if (value) question[name] = value;
    else delete question[name];
  };
  const settings = (question.settings ??= {}) as Json;
  const name = el("b", {}, question.label as string);
  const label = text(question.label ?? "", (value) =>
    type("field_named", `${key}.label`, () => {
      question.label = value;
      name.textContent = value;
    }),
  );
  label.id = `l-${key}`;
  const parts: Node[] = [
    field(say("field_label"), label),
    field(say("field_hint"), text(question.hint ?? "", (value) => type("field_hinted", `${key}.hint`, () => set("hint", value)))),
    tick(say("field_required"), question.required === true, (value) =>
      act("field_required_set", () => {
        if (value) question.required = true;
        else delete question.required;
      }),
    ),
  ];
  if (CHOICES.has(question.type as string) && !settings.dictionary) parts.push(options(question, settings, type));
  if (question.type === "number" || question.type === "money") {
    const most = (which: "min" | "max" | "unit", words: string): HTMLElement =>
      field(words, text(settings[which] ?? "", (value) =>
        type("field_limited", `${key}.${which}`, () => {
          if (value.trim()) settings[which] = value.trim();
          else delete settings[which];
        }), { inputmode: which === "unit" ? "text" : "decimal" }));
    parts.push(el("div", { class: "side-by-side" }, most("min", say("field_min")), most("max", say("field_max")),
      ...(question.type === "number" ? [most("unit", say("field_unit"))] : [])));
  }
  if (question.type === "note" || question.type === "consent")
    parts.push(field(say("field_text"), area(settings.text ?? "", (value) => type("field_worded", `${key}.text`, () => (settings.text = value)), 3)));
  const when = el(
    "details",
    { class: "when" },
    el("summary", {}, question.visible_when ? say("field_when_set") : say("field_when")),
  );
  when.addEventListener("toggle", () => {
    if (when.open && when.childElementCount === 1)
      when.append(rows(app, question.visible_when ?? "", known.filter((each) => each.id !== key), (that) =>
        type("field_when_changed", `${key}.when`, () => set("visible_when", that)),
      ));
  });
  parts.push(when);
  return el(
    "details",
    { class: "thing", "data-thing": key },
    el(
      "summary",
      {},
      name,
      el("span", { class: "meta" }, kind?.name ?? (question.type as string)),
      ...(question.required ? [el("span", { class: "tag" }, say("required"))] : []),
      ...(question.visible_when ? [el("span", { class: "tag" }, say("sometimes"))] : []),
    ),
    el("div", { class: "thing__body" }, ...parts, moves(section.fields, place, question.label as string, act, button(say("copy"), () => act("copied", () => {
      const copy = JSON.parse(JSON.stringify(question)) as Json;
      copy.id = fresh("q");
      for (const thing of [...((copy.checks ?? []) as Json[]), ...((copy.derived ?? []) as Json[])]) thing.id = fresh("c");
      section.fields.splice(place + 1, 0, copy);
    }), "btn--bare"))),
  );
}

function options(question: Json, settings: Json, type: Type): HTMLElement {
  const list = (settings.options ??= []) as { id: string; label: string }[];
  const lines = area(list.map((each) => each.label).join("\n"), (value) =>
    type("options_changed", `${question.id as string}.options`, () => {
      const labels = value.split("\n").map((each) => each.trim()).filter(Boolean);
      const left = [...(settings.options as { id: string; label: string }[])];
      settings.options = labels.map((label, place) => {
        const same = left.find((each) => each.label === label) ?? (labels.length === left.length ? left[place] : undefined);
        return { ...(same ?? { id: fresh("o") + place }), label };
      });
    }), 4);
  return field(say("options"), lines, say("options_hint"));
}

