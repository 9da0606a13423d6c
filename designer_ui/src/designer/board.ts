// A board: tiles that count cases, each with a line from which it calls for attention.
import { button, choose, field, fresh, moves, text } from "./controls";
import { el } from "./dom";
import { type Json, type Room, partHistory, room } from "./room";
import { type Key, say } from "./words";

const MEASURES: Record<string, Json> = {
  open: { aggregate: "count", where: "open = true" },
  all: { aggregate: "count" },
  overdue: { aggregate: "count", where: "overdue = true" },
  days: { aggregate: "average", field: "handled_days" },
  on_time: { aggregate: "share", where: "on_time = true" },
};
const BY = ["street", "department", "state", "outcome"];
const TYPES = ["number", "bar", "line", "pie", "gauge"];

export async function boardRoom(app: string, path: string, changed: () => void): Promise<Room> {
  const history = await partHistory(app, path);
  return room(history, path, changed, (board: Json, act, type) => {
    const tiles = (board.tiles ??= []) as Json[];
    const shape = (words: Key, how: () => void): void => act(words, () => {
      how();
      lay(tiles);
    });
    const drawn = tiles.map((tile, index) => {
      const key = tile.id as string;
      const name = el("b", {}, tile.title as string);
      const measure = tile.measures?.[0] as Json | undefined;
      const what = Object.keys(MEASURES).find((each) => same(MEASURES[each], measure)) ?? "";
      const by = (tile.dimensions?.[0]?.field as string | undefined) ?? "";
      const plain = tile.source === "cases" && tile.measures?.length === 1 && (tile.dimensions?.length ?? 0) < 2 && Boolean(what);
      const parts: (Node | null)[] = [
        field(say("tile_title"), text(tile.title ?? "", (value) => type("tile_named", `${key}.title`, () => {
          tile.title = value;
          name.textContent = value;
        }))),
      ];
      if (plain)
        parts.push(
          field(say("tile_what"), choose(what, Object.keys(MEASURES).map((each) => [each, say(`measure_${each}` as Key)] as const), (value) =>
            shape("tile_changed", () => {
              tile.measures = [{ id: measure?.id ?? "count", label: say(`measure_${value}` as Key), ...MEASURES[value] }];
            }))),
          field(say("tile_type"), choose(tile.type, TYPES.map((each) => [each, say(`chart_${each}` as Key)] as const), (value) =>
            shape("tile_changed", () => {
              tile.type = value;
              delete tile.settings;
              split(tile, value === "number" || value === "gauge" ? "" : value === "line" ? "month" : by && by !== "submitted_at" ? by : "street");
            }))),
          ["bar", "pie"].includes(tile.type as string)
            ? field(say("tile_by"), choose(by, BY.map((each) => [each, say(`by_${each}` as Key)] as const), (value) => shape("tile_changed", () => split(tile, value))))
            : null,
        );
      else parts.push(el("p", { class: "meta" }, say("tile_other")));
      if (tile.type === "number" || tile.type === "gauge") parts.push(alert(tile, measure, act, type));
      parts.push(moves(tiles, index, tile.title as string, (words, how) => shape(words, how)));
      return el("details", { class: "thing", "data-thing": key },
        el("summary", {}, name, el("span", { class: "meta" }, TYPES.includes(tile.type as string) ? say(`chart_${tile.type as string}` as Key) : "")),
        el("div", { class: "thing__body" }, ...parts.filter((each): each is Node => each !== null)));
    });
    const add = button(say("tile_add"), () => shape("tile_added", () => {
      tiles.push({ id: fresh("tile"), type: "number", title: say("measure_all"), source: "cases",
        measures: [{ id: "count", label: say("measure_all"), aggregate: "count" }], x: 0, y: 0, width: 4, height: 2 });
    }), "btn--primary");
    return [
      field(say("board_title"), text(board.title ?? "", (value) => type("tile_named", "title", () => (board.title = value)))),
      ...(drawn.length ? drawn : [el("p", { class: "empty" }, say("board_empty"))]),
      add,
    ];
  });
}

function same(wanted: Json, measure: Json | undefined): boolean {
  return Boolean(measure) && ["aggregate", "where", "field"].every((key) => (wanted[key] ?? "") === (measure?.[key] ?? ""));
}

function split(tile: Json, by: string): void {
  if (!by) delete tile.dimensions;
  else if (by === "month") tile.dimensions = [{ id: "month", label: say("by_month"), field: "submitted_at", grain: "month" }];
  else tile.dimensions = [{ id: by, label: say(`by_${by}` as Key), field: by }];
}

function alert(tile: Json, measure: Json | undefined, act: (words: Key, how: () => void) => void, type: (words: Key, target: string, how: () => void) => void): HTMLElement {
  const line = tile.thresholds?.[0] as Json | undefined;
  const key = tile.id as string;
  if (!line)
    return button(say("alert_add"), () => act("alert_added", () => {
      tile.thresholds = [{ id: fresh("line"), measure: measure?.id ?? "count", relation: ">", value: "10", message: say("alert_message_new"), level: "yellow" }];
    }));
  const signs = [[">", say("sign_more")], [">=", say("op_at_least")], ["<", say("sign_less")], ["<=", say("op_at_most")]] as const;
  return el("fieldset", {}, el("legend", {}, say("alert")),
    el("div", { class: "side-by-side" },
      field(say("alert_when"), choose(line.relation, signs, (value) => act("alert_changed", () => (line.relation = value)))),
      field(say("alert_value"), text(line.value, (value) => type("alert_changed", `${key}.line`, () => (line.value = value.trim())), { inputmode: "decimal" })),
      field(say("alert_level"), choose(line.level ?? "red", [["yellow", say("level_yellow")], ["red", say("level_red")]], (value) => act("alert_changed", () => (line.level = value))))),
    field(say("alert_message"), text(line.message, (value) => type("alert_changed", `${key}.message`, () => (line.message = value)))),
    button(say("alert_remove"), () => act("alert_removed", () => delete tile.thresholds), "btn--bare"));
}

// Numbers stand three in a row, charts two; one need not think of columns.
function lay(tiles: Json[]): void {
  let x = 0;
  let y = 0;
  let tall = 0;
  for (const tile of tiles) {
    const small = tile.type === "number";
    const width = small ? 4 : 6;
    if (x + width > 12) {
      x = 0;
      y += tall;
      tall = 0;
    }
    Object.assign(tile, { x, y, width, height: small ? 2 : 4 });
    x += width;
    tall = Math.max(tall, tile.height as number);
  }
}
