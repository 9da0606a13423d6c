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

export function bounded(text: string): string {
  if (text.length > 1_000_000 && [...text].length > 1_000_000) throw new Exhausted("feel_text_too_long");
  return text;
}
