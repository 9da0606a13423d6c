// The flow as a line of steps, one below the other, as an office tells it.
import { type Role, type ShownStep, type Step, draft, flow, start, write, writeFlow } from "./api";
import { button, choose, field, fresh, held, moves, text, tick } from "./controls";
import { el } from "./dom";
import { History } from "./history";
import { type Act, type Json, type Room, type Type, flush, kept, room, stale } from "./room";
import { type Key, say } from "./words";

export const FLOW = "processes/main.bpmn";

export async function flowRoom(app: string, changed: () => void): Promise<Room> {
  const [now, lists, parts] = await Promise.all([flow(app), start(), draft(app)]);
  const forms = parts.parts
    .filter((each) => each.path.startsWith("forms/") && each.path !== "forms/main.json")
    .map((each) => [each.path.slice("forms/".length, -".json".length), each.title] as const);
  if (!now.steps) return { element: readOnly(now.shown), show: () => undefined };
  const first = { value: now.steps, revision: now.revision };
  const history = await kept(`${app}/${FLOW}`, () =>
    History.open<Json>(() => Promise.resolve(first), async (value, revision) => {
      const saved = (await writeFlow(app, revision, value as Step[])).revision;
      await stale(`${app}/app.json`); // new roles were given their rights there
      return saved;
    }),
  );
  return room(history, FLOW, changed, (steps: Json, act, type) => [
    el("p", { class: "meta" }, say("flow_lead")),
    el(
      "ol",
      { class: "line-of-steps" },
      el("li", { class: "line-of-steps__end" }, say("flow_begin")),
      ...(steps as Step[]).map((step, index) => el("li", {}, drawStep(app, forms, steps as Step[], step, index, lists.roles, act, type))),
      el("li", { class: "line-of-steps__end" }, say("flow_end")),
    ),
    button(say("step_add"), () =>
      act("step_added", () => {
        const last = (steps as Step[])[(steps as Step[]).length - 1];
        (steps as Step[]).push({
          id: fresh("step"), name: say("step_new"), role: last?.role ?? lists.roles[0]?.code ?? "", days: 2, unit: "wd",
          form: "", opinion: "optional", advance: say("step_pass"), correct: false, refuse: true, back: true,
        });
      }), "btn--primary"),
  ]);
}

// A flow with branches is read here and changed in its text.
function readOnly(steps: ShownStep[]): HTMLElement {
  return el("section", { class: "designing" }, el("p", { class: "meta" }, say("flow_other")),
    el("ol", { class: "shown-steps" }, ...steps.map((step) => el("li", { "data-thing": step.id },
      el("b", {}, step.name),
      el("span", { class: "meta" }, [step.who.join(say("and")), step.days === null ? "" : timed(step.days, step.unit)].filter(Boolean).join(" · ")),
      el("span", {}, step.buttons.join(" / "))))));
}

const UNITS: Record<string, Key> = { wd: "unit_wd", nd: "unit_nd", h: "unit_h", wh: "unit_wh" };

function timed(days: number, unit: string): string {
  const key = UNITS[unit];
  return `${days}${document.documentElement.lang === "en" ? " " : ""}${key ? say(key) : ""}`;
}

// What whoever works on the step fills in; others who may read the case read it.
async function newForm(app: string, step: Step, forms: Forms, act: Act): Promise<void> {
  const id = fresh("form");
  const form = {
    format: "gcrm.form/1", id, title: step.name,
    sections: [{
      id: "work", title: step.name,
      fields: [{ id: fresh("q"), type: "textarea", label: say("step_form_first") }],
      rights: [{ step: step.id, right: "write" }, { step: "*", right: "read" }],
    }],
  };
  await write(app, `forms/${id}.json`, 0, JSON.stringify(form, null, 2) + "\n");
  forms.push([id, step.name]);
  act("step_formed", () => (step.form = id));
  if (await flush()) location.hash = new URLSearchParams({ app, room: "form", part: `forms/${id}.json` }).toString();
}

type Forms = (readonly [string, string])[];

function drawStep(app: string, forms: Forms, steps: Step[], step: Step, index: number, roles: Role[], act: Act, type: Type): HTMLElement {
  const units = [["wd", say("unit_wd")], ["nd", say("unit_nd")], ["h", say("unit_h")]] as const;
  const days = text(String(step.days), (value) => {
    const number = Number.parseInt(value, 10);
    if (number > 0 && number <= 1000) type("step_timed", `${step.id}.days`, () => (step.days = number));
  }, { inputmode: "numeric" });
  const name = el("b", {}, step.name);
  const row = steps.length > 1 ? moves(steps, index, step.name, act) : null;
  const said = roles.find((each) => each.code === step.role)?.name ?? "";
  return el(
    "details",
    { class: "thing", "data-thing": step.id },
    el("summary", {}, name, el("span", { class: "meta" }, `${said} · ${timed(step.days, step.unit)}`)),
    el(
      "div",
      { class: "thing__body" },
      field(say("step_name"), text(step.name, (value) => type("step_named", `${step.id}.name`, () => {
        step.name = value;
        name.textContent = value;
      }))),
      field(say("step_role"), choose(step.role, roles.map((each) => [each.code, held(each)] as const), (value) => act("step_given", () => (step.role = value))), say("step_role_hint")),
      el("div", { class: "side-by-side" }, field(say("step_days"), days),
        field(say("step_unit"), choose(step.unit, units, (value) => act("step_timed", () => (step.unit = value))))),
      field(say("step_advance"), text(step.advance, (value) => type("step_worded", `${step.id}.advance`, () => (step.advance = value)), { maxlength: "40" })),
      field(say("step_form"), choose(step.form, [["", say("step_form_none")], ...forms], (value) => act("step_formed", () => (step.form = value))), say("step_form_hint")),
      button(say("step_form_new"), () => void newForm(app, step, forms, act), "btn--bare"),
      el("fieldset", {}, el("legend", {}, say("step_may")),
        tick(say("step_correct"), step.correct, (value) => act("step_buttons", () => (step.correct = value))),
        ...(index ? [tick(say("step_back"), step.back, (value) => act("step_buttons", () => (step.back = value)))] : []),
        tick(say("step_refuse"), step.refuse, (value) => act("step_buttons", () => (step.refuse = value))),
        tick(say("step_opinion"), step.opinion === "required", (value) => act("step_buttons", () => (step.opinion = value ? "required" : "optional")))),
      row,
    ),
  );
}
