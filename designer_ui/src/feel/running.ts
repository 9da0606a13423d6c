// One evaluation: its budget, what it needs from outside, and why there are nulls.
import type { Context, Moment, Value } from "./values";

export interface World {
  // The moment of the evaluation, in the tenant's zone.
  readonly now: Moment;
  readonly parameters: Context;
}

// Ends an evaluation that takes too many steps.
export class Exhausted extends Error {}

// What the browser cannot do; the server can.
export class Unsupported extends Error {}

export class Run {
  readonly notes: { code: string; input: string }[] = [];
  steps = 30_000;
  calls = 0;

  constructor(
    readonly world: World,
    // In a verdict missing inputs are unknown, otherwise they are null.
    readonly verdict: boolean,
  ) {}

  step(count = 1): void {
    this.steps -= count;
    if (this.steps < 0) throw new Exhausted("feel_too_many_steps");
  }

  error(code: string, input = ""): null {
    if (this.notes.length < 50) this.notes.push({ code, input });
    return null;
  }

  missing(input: string): null {
    return this.error("feel_missing", input);
  }
}

export interface Scope {
  readonly values: ReadonlyMap<string, Value>;
  readonly outer: Scope | null;
}

// Characters, not code units.
export const lengthOf = (text: string): number => (text.length < 64 ? text.length : [...text].length);

// Steps for reading or writing a text.
export const stepsOf = (text: Value): number => (typeof text === "string" ? lengthOf(text) >> 6 : 0);

export function bounded(text: string): string {
  if (text.length > 1_000_000 && lengthOf(text) > 1_000_000) throw new Exhausted("feel_text_too_long");
  return text;
}

const inside = (value: Value): Value[] =>
  Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : [];
const isDeep = (value: Value): boolean => Array.isArray(value) || value instanceof Map;

// Uses up steps for all that lies deeper in a list or context: they may hold one list many times.
export function weighed(run: Run, value: Value): Value {
  const waiting = inside(value).filter(isDeep);
  let count = 0;
  while (waiting.length && count <= run.steps) {
    const inner = inside(waiting.pop() ?? null);
    count += 1 + inner.length;
    if (count <= run.steps) waiting.push(...inner.filter(isDeep));
  }
  if (count) run.step(count);
  return value;
}
