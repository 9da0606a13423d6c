// The whole interpreter: documents of `gcrm.tree/1`, with decision tables and graphs.
import { compile, CORE } from "./compile";
import type { Compile } from "./compile";
import { expression, judged, worked } from "./evaluation";
import type { Expression, Judgement } from "./evaluation";
import { MORE_FUNCTIONS } from "./functions";
import { CORE_FUNCTIONS } from "./functions_core";
import { LIST_FUNCTIONS } from "./functions_list";
import { Run, Unsupported } from "./running";
import type { World } from "./running";
import { functions } from "./signatures";
import { STRUCTURES } from "./structures";
import { decide, tableOf } from "./table";
import type { TableResult } from "./table";
import { COMPILER } from "./tree";
import type { Document, Node } from "./tree";
import { Unknown } from "./values";
import type { Context, Value } from "./values";

export const WHOLE: Compile = {
  makers: { ...CORE, ...STRUCTURES },
  functions: functions(CORE_FUNCTIONS, MORE_FUNCTIONS, LIST_FUNCTIONS),
};

export const whole = (node: Node): Expression => expression(WHOLE, node);

export interface DecisionJudgement extends Judgement {
  readonly outputs: Context;
  readonly rows: readonly string[];
  // How each condition of a list came out.
  readonly findings: readonly (Judgement & { readonly id: string })[];
}

export interface Decision {
  // FEEL's value of the last step, nulls included.
  value(inputs: Context, world: World): Value;
  judge(inputs: Context, world: World): DecisionJudgement;
}

// The steps of a decision, each seen by the later ones; conditions are judged behind them, and
// without conditions the last step is the result.
export function decision(document: Document): Decision {
  if (document.compiler !== COMPILER) throw new Unsupported("compiler");
  const steps = (document.steps ?? []).map((step) => ({
    id: step.id,
    names: step.table ? step.table.outputs.map((output) => output.id) : [step.id],
    table: step.table ? tableOf(WHOLE, step.table) : null,
    closure: step.expression ? compile(WHOLE, step.expression) : null,
  }));
  const conditions = (document.conditions ?? []).map(({ id, that }) => ({ id, that: compile(WHOLE, that) }));
  const work = (inputs: Context, run: Run): Work => {
    let found = NOTHING;
    let names: readonly string[] = [];
    const values: Context = new Map(inputs);
    const all = (): Value => {
      const scope = { values, outer: null };
      for (const step of steps) {
        if (step.table) found = decide(step.table, run, scope);
        else if (step.closure) {
          const value = step.closure(run, scope);
          const unknown = value instanceof Unknown ? value : null;
          found = { value: unknown ? null : value, rows: [], unknown, code: "" };
        }
        names = step.names;
        values.set(step.id, found.unknown ?? found.value);
      }
      return true;
    };
    const isDone = worked(all, inputs, run) === true;
    return isDone ? { found, names, values } : { found: NOTHING, names: [], values };
  };
  const judgeAll = (inputs: Context, world: World, values: Context): DecisionJudgement => {
    const given: Context = new Map(inputs);
    const outputs: Context = new Map();
    for (const { id } of steps) {
      const value = values.get(id) ?? null;
      given.set(id, value);
      outputs.set(id, value instanceof Unknown ? null : value);
    }
    const own = new Set(steps.map((step) => step.id));
    const findings = conditions.map(({ id, that }) => {
      const run = new Run(world, true);
      const found = judged(worked(that, given, run), run);
      // A step gave nothing although all that it asks was there.
      const isBroken = found.verdict === "missing" && found.missing.some((name) => own.has(name));
      return { id, ...found, verdict: isBroken ? ("error" as const) : found.verdict };
    });
    const verdicts = findings.map((finding) => finding.verdict);
    const verdict = (["fail", "error", "missing"] as const).find((one) => verdicts.includes(one)) ?? "pass";
    const missing = [...new Set(findings.flatMap((finding) => finding.missing))].sort();
    return { verdict, missing, outputs, rows: [], findings };
  };
  return {
    value: (inputs, world) => work(inputs, new Run(world, false)).found.value,
    judge(inputs, world) {
      const run = new Run(world, true);
      const { found, names, values } = work(inputs, run);
      return conditions.length ? judgeAll(inputs, world, values) : summed(found, names, run);
    },
  };
}

interface Work {
  readonly found: TableResult;
  readonly names: readonly string[];
  readonly values: Context;
}

const NOTHING: TableResult = { value: null, rows: [], unknown: null, code: "" };

function summed(found: TableResult, names: readonly string[], run: Run): DecisionJudgement {
  const { value, unknown, rows } = found;
  const none: Context = new Map(names.map((name) => [name, null]));
  if (unknown) return { ...judged(unknown, run), outputs: none, rows, findings: [] };
  const verdict = value === null ? judged(null, run).verdict : value === false ? "fail" : "pass";
  let outputs = none;
  if (names.length === 1) outputs = new Map(names.map((name) => [name, value]));
  else if (value instanceof Map) outputs = value;
  else if (Array.isArray(value)) {
    const column = (name: string): Value => value.map((item) => (item instanceof Map ? (item.get(name) ?? null) : null));
    outputs = new Map(names.map((name) => [name, column(name)]));
  }
  return { verdict, missing: [], outputs, rows, findings: [] };
}

export { Unsupported } from "./running";
export type { World } from "./running";
