// The designer: apps, the rooms of one app, what is wrong with it.
import "./style.css";
import { type App, type Problem, apps, draft, problems, write } from "./api";
import { basicsRoom } from "./basics";
import { boardRoom } from "./board";
import { button } from "./controls";
import { el } from "./dom";
import { editor } from "./editor";
import { flowRoom } from "./flow";
import { formRoom } from "./form";
import { name, partWords, roomOf } from "./places";
import { publishRoom } from "./publish";
import { type Room, flush, forget } from "./room";
import { rulesRoom } from "./rules";
import { startForm } from "./start";
import { say } from "./words";

const root = document.querySelector<HTMLElement>("[data-designer]");

interface Place {
  app: string | null;
  room: string | null;
  part: string | null;
}

function place(): Place {
  const at = new URLSearchParams(location.hash.slice(1));
  return { app: at.get("app"), room: at.get("room"), part: at.get("part") };
}

const link = (values: Record<string, string>): string => "#" + new URLSearchParams(values).toString();

let turn = 0;

async function show(): Promise<void> {
  if (!root) return;
  const mine = ++turn;
  const at = place();
  try {
    const drawn = at.app ? await oneApp(at.app, at) : await allApps();
    if (mine !== turn) return;
    root.replaceChildren(...drawn);
    root.querySelector<HTMLElement>("h1")?.focus();
  } catch (error) {
    const again = button(say("retry"), () => void show());
    root.replaceChildren(
      el("p", { class: "empty", role: "alert" }, say("failed", { reason: String((error as Error).message) })),
      again,
    );
  }
}

function head(title: string, back: HTMLElement, ...more: HTMLElement[]): HTMLElement {
  return el("div", { class: "work__head" }, back, el("h1", { tabindex: "-1" }, title), ...more);
}

async function allApps(): Promise<HTMLElement[]> {
  const found = (await apps()).apps;
  const rows = found.map((app: App) =>
    el(
      "li",
      {},
      el("h2", {}, el("a", { href: link({ app: app.id }) }, app.name)),
      el("div", { class: "side" }, el("span", { class: "tag" }, released(app))),
      el("p", { class: "why" }, app.revision ? say("draft_revision", { revision: app.revision }) : say("draft_none")),
    ),
  );
  const body = el("div", { class: "work__body" });
  const fresh = button(say("app_new"), () => {
    fresh.hidden = true;
    void startForm((app) => (location.hash = link({ app, room: "form", part: "forms/main.json" }).slice(1))).then(
      (form) => {
        body.prepend(form);
        form.querySelector<HTMLElement>("input")?.focus();
      },
      (error: Error) => body.prepend(el("p", { class: "empty", role: "alert" }, error.message)),
    );
  }, "btn--primary");
  body.append(rows.length ? el("ul", { class: "ledger" }, ...rows) : el("p", { class: "empty" }, say("apps_empty")));
  return [head(say("apps"), el("a", { class: "btn btn--bare", href: "/staff" }, say("workbench")), fresh), body];
}

const released = (app: App): string =>
  app.release === null ? say("not_released") : say("release", { release: app.release });

async function oneApp(id: string, at: Place): Promise<HTMLElement[]> {
  const [all, current] = await Promise.all([apps(), draft(id)]);
  const app = all.apps.find((each) => each.id === id);
  const paths = current.parts.map((part) => part.path);
  name(current.parts);
  const list = el("section", { class: "rail-problems", "aria-live": "polite" });
  const state = el("span", { class: "meta" }, app ? released(app) : "");
  let drawn: Room | null = null;
  let known: Problem[] = [];
  const look = async (): Promise<Problem[]> => {
    known = (await problems(id)).problems;
    list.replaceChildren(...problemList(id, known, paths));
    drawn?.show(known);
    return known;
  };
  const refresh = (): void => void look();
  const done = (): void => {
    refresh();
    void apps().then((now) => {
      const mine = now.apps.find((each) => each.id === id);
      if (mine) state.textContent = released(mine);
    });
  };
  const first = paths.find((path) => path.startsWith("forms/")) ?? "";
  const room = at.room ?? (at.part ? "text" : "");
  const part = at.part ?? "";
  let main: HTMLElement;
  if (room === "publish") main = await publishRoom(id, look, done);
  else {
    try {
      if (room === "form") drawn = await formRoom(id, part || first, refresh);
      else if (room === "flow") drawn = await flowRoom(id, refresh);
      else if (room === "rule") drawn = await rulesRoom(id, part, refresh);
      else if (room === "board") drawn = await boardRoom(id, part, refresh);
      else if (room === "basics") drawn = await basicsRoom(id, refresh);
      main = drawn?.element ?? (room === "text" && part ? await editor(id, part, () => (forget(), refresh())) : welcome());
    } catch (error) {
      main = el("p", { class: "empty", role: "alert" }, say("room_failed", { reason: (error as Error).message }));
    }
    refresh();
  }
  return [
    head(
      app?.name ?? id,
      el("a", { class: "btn btn--bare", href: "#" }, say("back_apps")),
      state,
      button(say("try_out"), () => void flush().then((saved) => {
        if (saved) location.href = `/staff/designer/${encodeURIComponent(id)}/try`;
      })),
      el("a", { class: "btn btn--primary", href: link({ app: id, room: "publish" }) }, say("room_publish")),
    ),
    el("div", { class: "rooms" }, navigation(id, paths, room, part || (room === "form" ? first : "")), main, list),
  ];
}

function welcome(): HTMLElement {
  return el("p", { class: "empty" }, say("pick_room"));
}

function navigation(app: string, paths: string[], room: string, part: string): HTMLElement {
  const item = (values: Record<string, string>, words: string, on: boolean): HTMLElement =>
    el("li", {}, el("a", { href: link({ app, ...values }), ...(on ? { "aria-current": "page" } : {}) }, words));
  const order = ["forms", "decisions", "boards"];
  const rank = (path: string): number => order.indexOf(path.split("/")[0] ?? "");
  const designed = [...paths]
    .sort((one, other) => rank(one) - rank(other))
    .filter((path) => /^(forms|decisions|boards)\//.test(path))
    .map((path) => {
      const at = roomOf(path);
      return item({ room: at.room, part: path }, partWords(path), room === at.room && part === path);
    });
  const forms = paths.filter((path) => path.startsWith("forms/")).length;
  const flow = paths.includes("processes/main.bpmn") ? [item({ room: "flow" }, say("room_flow"), room === "flow")] : [];
  const board = button(say("board_new"), () => {
    const id = `board_${Date.now().toString(36)}`;
    const empty = { format: "gcrm.board/1", id, title: say("board_new_title"), tiles: [] };
    void write(app, `boards/${id}.json`, 0, JSON.stringify(empty, null, 2) + "\n").then(
      () => (location.hash = link({ app, room: "board", part: `boards/${id}.json` }).slice(1)),
    );
  }, "btn--bare");
  const texts = paths.map((path) => item({ part: path }, path, room === "text" && part === path));
  const source = el("details", {}, el("summary", {}, say("source")), el("ul", {}, ...texts));
  if (room === "text" || !room) source.open = true;
  return el("nav", { "aria-labelledby": "parts" }, el("h2", { id: "parts" }, say("parts")),
    el("ul", {}, item({ room: "basics" }, say("room_basics"), room === "basics"), ...designed.slice(0, forms), ...flow, ...designed.slice(forms),
      item({ room: "publish" }, say("room_publish_tab"), room === "publish")), board, source);
}

function problemList(app: string, found: Problem[], paths: string[]): HTMLElement[] {
  const count = found.filter((problem) => problem.severity === "error").length;
  const title = el(
    "h2",
    {},
    say("problems"),
    found.length ? el("span", { class: "meta" }, count ? say("problems_count", { count }) : say("problems_ready")) : null,
  );
  if (!found.length) return [title, el("p", { class: "meta" }, say("problems_none"))];
  const rows = found.map((problem) => {
    const path = problem.path.split("#")[0] ?? "";
    const at = roomOf(path);
    return el(
      "li",
      {},
      el(
        "span",
        { class: problem.severity === "error" ? "tag tag--bad" : "tag tag--warn" },
        say(problem.severity === "error" ? "severity_error" : "severity_warning"),
      ),
      el("p", {}, problem.message),
      problem.fix ? el("p", { class: "meta" }, say("how"), problem.fix) : null,
      paths.includes(path) ? el("a", { href: link(at.room === "text" ? { app, part: path } : { app, room: at.room, part: path }), title: problem.path }, say("go_there", { part: partWords(path) })) : null,
    );
  });
  return [title, el("ul", {}, ...rows)];
}

window.addEventListener("hashchange", () => void show());
void show();
