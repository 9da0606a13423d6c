// Parts and properties by the words that people know them by.
import { type Key, say } from "./words";

const ROOMS: Record<string, Key> = {
  forms: "room_form", decisions: "room_rule", boards: "room_board", processes: "room_flow",
  papers: "room_paper", dictionaries: "room_dictionary", i18n: "room_i18n",
};
const KNOWN: Record<string, Key> = {
  label: "field_label", hint: "field_hint", required: "field_required", title: "tile_title", name: "thing_name",
  summary: "app_summary", visible_when: "field_when", that: "rule_that", message: "rule_message", fix: "rule_fix",
  source: "rule_source", role: "step_role", days: "step_days", advance: "step_advance", who: "app_who", min: "field_min",
  max: "field_max", unit: "field_unit", options: "options", type: "field_type", value: "alert_value",
};

const titles = new Map<string, string>();

// Know what the parts of the app at hand call themselves.
export function name(parts: { path: string; title: string }[]): void {
  titles.clear();
  for (const each of parts) titles.set(each.path, each.title);
}

export function partWords(path: string): string {
  if (path === "app.json") return say("room_basics");
  if (!path) return say("log_begun");
  const [folder = "", file = ""] = path.split("/");
  const own = file.split(".")[0] ?? "";
  const room = ROOMS[folder];
  if (!room) return path;
  return ["main", "precheck", "overview"].includes(own) ? say(room) : `${say(room)} · ${titles.get(path) || own}`;
}

export function whatWords(what: string): string {
  if (!what) return "";
  const key = KNOWN[what];
  return key ? say(key) : say("other_setting");
}

export function roomOf(path: string): { room: string; part: string } {
  const folder = path.split("/")[0] ?? "";
  const room = { forms: "form", decisions: "rule", boards: "board", processes: "flow" }[folder];
  return { room: path === "app.json" ? "basics" : (room ?? "text"), part: path };
}
