// Values and verdicts of a document.
import { compile } from "./compile";
import type { Closure, Compile } from "./compile";
import { Exhausted, Run } from "./running";
import type { World } from "./running";
import { isWide } from "./temporal";
import type { Node } from "./tree";
import { Unknown } from "./values";
import type { Context, Value } from "./values";

export type Verdict = "pass" | "fail" | "missing" | "error";

export interface Judgement {
  readonly verdict: Verdict;
  readonly missing: readonly string[];
}

// Works a closure out within the bounds; what the browser cannot do throws Unsupported.
export function worked(closure: Closure, inputs: Context, run: Run): Value {
  try {
    const value = closure(run, { values: inputs, outer: null });
    return isWide(value) ? run.error("feel_out_of_bounds") : value;
  } catch (bound) {
    if (bound instanceof Exhausted) return run.error(bound.message);
    if (bound instanceof RangeError) return run.error("feel_too_many_calls");
    throw bound;
  }
}

export function judged(value: Value, run: Run): Judgement {
  if (value === true) return { verdict: "pass", missing: [] };
  if (value instanceof Unknown) return { verdict: "missing", missing: [...value.inputs].sort() };
  const isError = run.notes.some((note) => note.code !== "feel_missing");
  return { verdict: value === false || !isError ? "fail" : "error", missing: [] };
}

export interface Expression {
  value(inputs: Context, world: World): Value;
  judge(inputs: Context, world: World): Judgement;
}

export function expression(by: Compile, node: Node): Expression {
  const closure = compile(by, node);
  return {
    value: (inputs, world) => worked(closure, inputs, new Run(world, false)),
    judge(inputs, world) {
      const run = new Run(world, true);
      return judged(worked(closure, inputs, run), run);
    },
  };
}
