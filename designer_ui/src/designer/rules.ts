// Rules: what must be true before one may apply, and what a person reads where it is not.
import { decisionFile, read, sendDecision, words } from "./api";
import { button, field, fresh, moves, text } from "./controls";
import { el } from "./dom";
import { type Json, type Room, forget, partHistory, room } from "./room";
import { rows, usable } from "./rows";
import { say } from "./words";

export async function rulesRoom(app: string, path: string, changed: () => void): Promise<Room> {
  const [history, known] = await Promise.all([partHistory(app, path), words(app)]);
  return room(history, path, changed, (decision: Json, act, type) => {
    const version = decision.versions[decision.versions.length - 1] as Json;
    const list = (version.conditions ??= []) as Json[];
    if (decision.kind !== "conditions")
      return [el("p", { class: "empty" }, say("rules_other")), ...files(app, path, Boolean(version.table), changed)];
    const drawn = list.map((condition, index) => {
      const key = condition.id as string;
      const name = el("b", {}, condition.name as string);
      const put = (which: string, words: "rule_named" | "rule_worded") => (value: string): void =>
        type(words, `${key}.${which}`, () => {
          if (value || which === "name" || which === "message") condition[which] = value;
          else delete condition[which];
          if (which === "name") name.textContent = value;
        });
      return el(
        "details",
        { class: "thing", "data-thing": key },
        el("summary", {}, name),
        el(
          "div",
          { class: "thing__body" },
          field(say("rule_name"), text(condition.name ?? "", put("name", "rule_named"))),
          el("p", { class: "field__label" }, say("rule_that")),
          rows(app, condition.that ?? "", known.inputs, (that) => type("rule_changed", `${key}.that`, () => {
            condition.that = that;
            declare(decision, that, known.inputs.map((each) => each.id));
          })),
          field(say("rule_message"), text(condition.message ?? "", put("message", "rule_worded")), say("rule_message_hint")),
          field(say("rule_fix"), text(condition.fix ?? "", put("fix", "rule_worded"))),
          field(say("rule_source"), text(condition.source ?? "", put("source", "rule_worded"))),
          moves(list, index, condition.name as string, act),
        ),
      );
    });
    const add = button(say("rule_add"), () => act("rule_added", () => {
      const first = usable(known.inputs)[0];
      const that = first ? `${first.id} != null` : "true";
      list.push({ id: fresh("rule"), name: say("rule_new"), that, message: say("rule_new_message") });
      declare(decision, that, known.inputs.map((each) => each.id));
    }), "btn--primary");
    return [
      el("p", { class: "meta" }, say("rules_lead")),
      ...(drawn.length ? drawn : [el("p", { class: "empty" }, say("rules_empty"))]),
      add,
      field(say("rules_source"), text(version.source ?? "", (value) => type("rule_worded", "source", () => (version.source = value)))),
    ];
  });
}

// Rows to Excel and back, the whole decision to DMN and back.
function files(app: string, path: string, table: boolean, changed: () => void): HTMLElement[] {
  const name = path.replace(/^decisions\/|\.json$/g, "");
  const answer = el("p", { class: "meta", role: "status" });
  const one = (kind: "xlsx" | "dmn"): HTMLElement => {
    const address = decisionFile(app, name, kind);
    const pick = el("input", { type: "file", accept: `.${kind}`, class: "input" });
    pick.addEventListener("change", () => {
      const file = pick.files?.[0];
      if (!file) return;
      void (async () => {
        answer.textContent = say("saving");
        try {
          const part = await read(app, path);
          const taken = await sendDecision(address, part.revision, file);
          answer.textContent = [say("file_taken"), ...taken.not_kept.map((each) => each.message)].join(" ");
          forget();
          changed();
        } catch (error) {
          answer.textContent = (error as Error).message;
        }
        pick.value = "";
      })();
    });
    return el("section", { class: "pane" },
      el("h2", {}, say(kind === "xlsx" ? "file_xlsx" : "file_dmn")),
      el("p", { class: "meta" }, say(kind === "xlsx" ? "file_xlsx_lead" : "file_dmn_lead")),
      el("div", { class: "actions" }, el("a", { class: "btn", href: address }, say("file_down"))),
      field(say("file_up"), pick));
  };
  return [...(table ? [one("xlsx")] : []), one("dmn"), answer];
}

// A decision lists its inputs; those that a rule names now are added.
function declare(decision: Json, that: string, ids: string[]): void {
  const listed = (decision.inputs ??= []) as { id: string }[];
  const named = new Set(that.replace(/"[^"]*"/g, "").match(/[a-z][a-z0-9_]*/g) ?? []);
  for (const id of ids)
    if (named.has(id) && !listed.some((each) => each.id === id)) listed.push({ id });
}
