// What people read of the service before they apply, and how long it may take.
import { area, field, text } from "./controls";
import { el } from "./dom";
import { type Json, type Room, partHistory, room } from "./room";
import { say } from "./words";

export async function basicsRoom(app: string, changed: () => void): Promise<Room> {
  const history = await partHistory(app, "app.json");
  return room(history, "app.json", changed, (document: Json, _act, type) => {
    const guide = (document.guide ??= {}) as Json;
    const variant = document.item_variants?.[0] as Json | undefined;
    const put = (thing: Json, name: string) => (value: string): void =>
      type("basics_changed", `${String(thing.id ?? "guide")}.${name}`, () => (thing[name] = value));
    const days = (name: "promised" | "statutory"): HTMLElement[] => {
      const term = variant?.[name] as Json | undefined;
      if (!term) return [];
      return [field(say(name), text(String(term.value), (value) => {
        const number = Number.parseInt(value, 10);
        if (number > 0 && number < 1000) type("basics_changed", name, () => (term.value = number));
      }, { inputmode: "numeric" }), say(term.unit === "wd" ? "in_wd" : "in_other"))];
    };
    return [
      el("section", { class: "pane" },
        field(say("app_name"), text(document.name ?? "", (value) => type("basics_changed", "name", () => {
          document.name = value;
          if (document.service_item) document.service_item.name = value;
        }))),
        field(say("app_summary"), text(document.summary ?? "", put(document, "summary")), say("app_summary_hint")),
        field(say("app_who"), area(guide.who ?? "", put(guide, "who"))),
        ...days("promised"), ...days("statutory")),
    ];
  });
}
