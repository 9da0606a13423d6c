// The designer's first room: apps, the parts of a draft, the text of a part, what is wrong with it.
import "./style.css";
import { type App, type Problem, apps, draft, problems } from "./api";
import { el } from "./dom";
import { editor } from "./editor";
import { say } from "./words";

const root = document.querySelector<HTMLElement>("[data-designer]");

interface Place {
  app: string | null;
  part: string | null;
}

function place(): Place {
  const at = new URLSearchParams(location.hash.slice(1));
  return { app: at.get("app"), part: at.get("part") };
}

const link = (app: string, part?: string): string =>
  "#" + new URLSearchParams(part ? { app, part } : { app }).toString();

async function show(): Promise<void> {
  if (!root) return;
  const { app, part } = place();
  try {
    root.replaceChildren(...(app ? await oneApp(app, part) : await allApps()));
    root.querySelector<HTMLElement>("h1")?.focus();
  } catch (error) {
    const again = el("button", { class: "btn", type: "button" }, say("retry"));
    again.addEventListener("click", () => void show());
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
      el("h2", {}, el("a", { href: link(app.id) }, app.name)),
      el("div", { class: "side" }, el("span", { class: "tag" }, released(app))),
      el("p", { class: "why" }, say("draft_revision", { revision: app.revision })),
    ),
  );
  return [
    head(say("apps"), el("a", { class: "btn btn--bare", href: "/staff" }, say("workbench"))),
    el(
      "div",
      { class: "work__body" },
      rows.length ? el("ul", { class: "ledger" }, ...rows) : el("p", { class: "empty" }, say("apps_empty")),
    ),
  ];
}

const released = (app: App): string =>
  app.release === null ? say("not_released") : say("release", { release: app.release });

async function oneApp(id: string, path: string | null): Promise<HTMLElement[]> {
  const [all, current] = await Promise.all([apps(), draft(id)]);
  const app = all.apps.find((each) => each.id === id);
  const list = el("section", { class: "rail-problems", "aria-live": "polite" });
  const refresh = (): void => {
    void problems(id).then(({ problems: found }) => list.replaceChildren(...problemList(id, found)));
  };
  refresh();
  const parts = current.parts.map((part) =>
    el(
      "li",
      {},
      el("a", { href: link(id, part.path), ...(part.path === path ? { "aria-current": "page" } : {}) }, part.path),
    ),
  );
  return [
    head(
      app?.name ?? id,
      el("a", { class: "btn btn--bare", href: "#" }, say("back_apps")),
      el("span", { class: "meta" }, say("draft_revision", { revision: current.revision })),
    ),
    el(
      "div",
      { class: "rooms" },
      el("nav", { "aria-labelledby": "parts" }, el("h2", { id: "parts" }, say("parts")), el("ul", {}, ...parts)),
      path ? await editor(id, path, refresh) : el("p", { class: "empty" }, say("pick_part")),
      list,
    ),
  ];
}

function problemList(app: string, found: Problem[]): HTMLElement[] {
  const count = found.filter((problem) => problem.severity === "error").length;
  const title = el(
    "h2",
    {},
    say("problems"),
    found.length ? el("span", { class: "meta" }, say("problems_count", { count })) : null,
  );
  if (!found.length) return [title, el("p", { class: "meta" }, say("problems_none"))];
  const rows = found.map((problem) => {
    const part = problem.path.split("#")[0] ?? "";
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
      el("a", { href: link(app, part) }, problem.path),
    );
  });
  return [title, el("ul", {}, ...rows)];
}

window.addEventListener("hashchange", () => void show());
void show();
