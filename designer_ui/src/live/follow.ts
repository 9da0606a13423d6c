// Lets a page react at once: what hangs on an answer shows, formulas are worked out, checks speak.
//
// The server wrote the trees and decides again with each post; without script the page is whole.
import { condition, entered, readMoment, Unsupported } from "../feel/form";
import type { Expression, World } from "../feel/form";
import { COMPILER } from "../feel/tree";
import type { Document, Node } from "../feel/tree";
import type { Context, Value } from "../feel/values";
import { isMarked, mark } from "./mark";
import { read } from "./read";
import type { Reading } from "./read";
import { say, settled } from "./say";
import type { Result, Words } from "./say";

interface Page {
  readonly tree: Document;
  readonly now: string;
  readonly controls?: Record<string, Reading>;
  readonly known?: Record<string, unknown>;
  readonly closed?: readonly string[];
  readonly parameters?: Record<string, { readonly type: string; readonly value: unknown }>;
  readonly results?: Record<string, Result>;
  readonly messages?: Record<string, string>;
  readonly words?: Words;
}

interface Followed {
  readonly id: string;
  readonly shown: Expression | null;
  readonly value: Expression | null;
  readonly needed: Expression | null;
  readonly checks: readonly { readonly id: string; readonly that: Expression }[];
}

const compiled = (node: Node | undefined): Expression | null => (node ? condition(node) : null);
const received = (type: string, value: unknown): Value =>
  Array.isArray(value) ? value.map(String) : typeof value === "boolean" ? value : entered(type, String(value));

// A staff page shows several sections in one form: they are followed together.
export function follow(form: HTMLFormElement): void {
  const pages = [...form.querySelectorAll<HTMLElement>("[data-live]")]
    .map((place) => JSON.parse(place.dataset["live"] ?? "{}") as Page)
    .filter((page) => page.tree.compiler === COMPILER);
  const first = pages[0];
  const now = first && readMoment(first.now);
  if (!now) return;
  const all = pages.reduce((a, b) => joined(a, b), first);
  const types = new Map(pages.flatMap((page) => page.tree.inputs.map((input) => [input.id, input.type] as const)));
  const fields = pages.flatMap((page) => page.tree.fields ?? []).map((field): Followed => ({
    id: field.id,
    shown: compiled(field.visible_when),
    value: compiled(field.value),
    needed: compiled(field.required_when),
    checks: (field.checks ?? []).map((check) => ({ id: check.id, that: condition(check.that) })),
  }));
  const parameters = Object.entries(all.parameters ?? {});
  const world: World = { now, parameters: new Map(parameters.map(([id, { type, value }]) => [id, received(type, value)])) };
  const known: Context = new Map(
    Object.entries(all.known ?? {}).map(([id, value]) => [id, received(types.get(id) ?? "string", value)]),
  );
  const touched = new Set<string>();

  const react = (): void => {
    const given = new FormData(form);
    const inputs: Context = new Map(known);
    for (const [id, how] of Object.entries(all.controls ?? {})) {
      const value = all.closed?.includes(id) ? null : read(how, id, given);
      if (value !== null) inputs.set(id, value);
    }
    // Answers of hidden questions count for nothing that comes after them.
    const answers = new Map(inputs);
    for (const field of fields) if (field.shown || field.value) inputs.delete(field.id);
    const isShown = (field: Followed): boolean => !field.shown || field.shown.value(inputs, world) === true;
    for (const field of fields) {
      const shown = isShown(field);
      if (field.shown) open(field.id, shown);
      const result = all.results?.[field.id];
      const value =
        field.value && result ? settled(field.value.value(inputs, world), result) : (answers.get(field.id) ?? null);
      if (result && all.words) write(field.id, say(value, result, all.words), value === null);
      if (shown && value !== null) inputs.set(field.id, value);
    }
    for (const field of fields) {
      if (field.needed) ask(field.id, field.needed.value(inputs, world) === true);
      if (!field.checks.length || !touched.has(field.id)) continue;
      const failed = inputs.has(field.id) ? field.checks.filter((check) => fails(check.that, inputs)) : [];
      mark(form, field.id, said(field.checks), said(failed));
    }
  };
  const said = (checks: Followed["checks"]): string[] => checks.map((check) => all.messages?.[check.id] ?? "");
  // What lacks an answer is not wrong yet.
  const fails = (that: Expression, inputs: Context): boolean => {
    const value = that.value(inputs, world);
    return value === null ? that.judge(inputs, world).verdict !== "missing" : value !== true;
  };
  const open = (id: string, shown: boolean): void => {
    const group = form.querySelector(`[data-shows="${id}"]`);
    group?.classList.toggle("is-open", shown);
    group?.classList.toggle("is-shut", !shown);
  };
  const write = (id: string, text: string, isEmpty: boolean): void => {
    const place = form.querySelector(`[data-result="${id}"]`);
    const output = place?.querySelector("output");
    if (!place || !output) return;
    if (output.textContent !== text) output.textContent = text;
    place.classList.toggle("field__value--empty", isEmpty);
  };
  const ask = (id: string, needed: boolean): void => {
    const optional = form.querySelector<HTMLElement>(`[data-asks="${id}"]`);
    if (optional) optional.hidden = needed;
  };
  const guarded = (): void => {
    try {
      react();
    } catch (refused) {
      if (!(refused instanceof Unsupported)) throw refused;
    }
  };

  // What the server said of a check is taken back here once it holds.
  for (const field of fields) if (isMarked(form, field.id, said(field.checks))) touched.add(field.id);
  form.addEventListener("input", guarded);
  form.addEventListener("change", (event) => {
    const name = (event.target as { name?: string }).name ?? "";
    touched.add(name.split("-")[0] ?? "");
    guarded();
  });
  guarded();
}

const joined = (a: Page, b: Page): Page =>
  a === b
    ? a
    : {
        ...a,
        ...b,
        controls: { ...a.controls, ...b.controls },
        known: { ...a.known, ...b.known },
        closed: [...(a.closed ?? []), ...(b.closed ?? [])],
        parameters: { ...a.parameters, ...b.parameters },
        results: { ...a.results, ...b.results },
        messages: { ...a.messages, ...b.messages },
        words: { ...a.words, ...b.words } as Words,
      };
