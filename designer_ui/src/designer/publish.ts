// What changed since the release, what stands in the way, and publishing.
import { type Changes, type Difference, type Problem, changes, publish, read, released, write } from "./api";
import { area, button, field } from "./controls";
import { el } from "./dom";
import { dayAndClock } from "./moments";
import { flush, forget } from "./room";
import { partWords, whatWords } from "./places";
import { say } from "./words";

export async function publishRoom(app: string, problems: () => Promise<Problem[]>, done: () => void): Promise<HTMLElement> {
  await flush();
  const [now, found] = await Promise.all([changes(app), problems()]);
  const errors = found.filter((each) => each.severity === "error").length;
  const same = now.release !== null && !now.differences.length;
  const note = area("", () => undefined);
  const answer = el("div", { role: "status" });
  const go = button(say(now.release === null ? "publish_first" : "publish_next"), () => void send(), "btn--primary");
  const why = errors ? say("publish_errors", { count: errors }) : same ? say("publish_same") : "";
  go.disabled = Boolean(why);
  const send = async (): Promise<void> => {
    go.disabled = true;
    answer.replaceChildren(el("p", { class: "meta" }, say("publishing")));
    try {
      const result = await publish(app, now.revision, note.value);
      if (result.release === null) {
        answer.replaceChildren(banner("bad", say("publish_not")), ...result.problems.filter((each) => each.severity === "error").map((each) => el("p", {}, `${each.message} ${each.fix}`)));
        go.disabled = false;
        return;
      }
      done();
      answer.replaceChildren(banner("ok", say("published", { release: result.release })), el("p", {}, el("a", { href: `/services/${app}/new` }, say("publish_see"))));
    } catch (error) {
      answer.replaceChildren(banner("bad", (error as Error).message));
      go.disabled = false;
    }
  };
  return el(
    "section",
    { class: "designing" },
    el("section", { class: "pane" }, el("h2", {}, say("publish_title")),
      el("p", { class: "meta" }, say("publish_lead")),
      field(say("publish_note"), note, say("publish_note_hint")),
      el("div", { class: "actions" }, go, why ? el("span", { class: "meta" }, why) : null), answer),
    el("section", { class: "pane" }, el("h2", {}, now.release === null ? say("diff_first") : say("diff_since", { release: now.release })), ...differences(app, now, done)),
    el("section", { class: "pane" }, el("h2", {}, say("log")), log(now)),
  );
}

function banner(kind: string, words: string): HTMLElement {
  return el("div", { class: `banner banner--${kind}` }, el("p", {}, el("b", {}, words)));
}

function differences(app: string, now: Changes, done: () => void): Node[] {
  if (now.release === null) return [el("p", { class: "meta" }, say("diff_new"))];
  if (!now.differences.length) return [el("p", { class: "meta" }, say("diff_none"))];
  const parts = new Map<string, Difference[]>();
  for (const each of now.differences) parts.set(each.part, [...(parts.get(each.part) ?? []), each]);
  return [...parts].map(([path, list]) =>
    el("div", { class: "diff" }, el("h3", {}, partWords(path), list.some((each) => each.kind === "added" && !each.where.length) ? null : restore(app, path, done)),
      el("ul", {}, ...list.slice(0, 60).map((each) => el("li", {}, ...line(each))))),
  );
}

function line(each: Difference): (Node | string)[] {
  const where = each.where.join(" › ");
  const what = whatWords(each.what);
  if (each.kind !== "changed") return [el("span", { class: "tag" }, say(`diff_${each.kind}`)), ` ${where || what}`];
  const head = [where, what].filter(Boolean).join(" › ");
  if (!each.before && !each.after) return [el("span", { class: "tag" }, say("diff_changed")), ` ${head}`];
  return [
    el("span", { class: "tag" }, say("diff_changed")),
    ` ${head}${say("colon")}`,
    ...(each.before ? [el("del", {}, shown(each.before)), " → "] : []),
    each.after ? el("ins", {}, shown(each.after)) : say("diff_empty"),
  ];
}

const shown = (text: string): string => (text === "true" ? say("yes") : text === "false" ? say("no") : text);

function restore(app: string, path: string, done: () => void): HTMLElement {
  const back = button(say("restore"), () => void act(), "btn--bare");
  const act = async (): Promise<void> => {
    if (!window.confirm(say("restore_sure", { part: partWords(path) }))) return;
    const [old, part] = await Promise.all([released(app, path), read(app, path)]);
    await write(app, path, part.revision, old.content);
    forget();
    done();
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  };
  return back;
}

function log(now: Changes): HTMLElement {
  return el("ol", { class: "diff" }, ...now.log.slice(0, 20).map((each) =>
    el("li", {}, `${partWords(each.path)}${say("comma")}${each.who}${say("comma")}`, el("time", { datetime: each.at }, dayAndClock(new Date(each.at))))));
}
