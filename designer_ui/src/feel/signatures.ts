// Functions: what they take, and how arguments are brought into that.
import { stepsOf, weighed } from "./running";
import type { Run } from "./running";
import { isWide } from "./temporal";
import type { TypeTree } from "./tree";
import { ANY, coerced, MISMATCH } from "./types";
import { unknownOf } from "./values";
import type { Value } from "./values";

interface Parameter {
  readonly types: readonly TypeTree[];
  readonly nullable: boolean;
  readonly variadic: boolean;
}

export interface Known {
  readonly name: string;
  readonly text: string;
  readonly ways: readonly (readonly Parameter[])[];
  readonly call: Call;
  // A null from arguments that are not null is an answer and no error.
  readonly mayBeNull: boolean;
  // Knows dates of all years.
  readonly wide: boolean;
}

// Variadic arguments come as one list, what is not given as null; `way` is the signature.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Call = (run: Run, given: any[], way: number) => Value;
export type Functions = Readonly<Record<string, Known | undefined>>;

const SHORT: Record<string, TypeTree> = {
  moment: { name: "date and time" },
  days: { name: "days and time duration" },
  months: { name: "years and months duration" },
  strings: { name: "list", arguments: [{ name: "string" }] },
  any: ANY,
};

// One line a function: `name(type, type?; type...)`, signatures behind semicolons; `?` passes
// null on, `...` takes the rest, `!` before the name: null is an answer, `^`: dates of all years.
export function feel(line: string, call: Call): [string, Known] {
  const [, flags = "", name = "", inner = ""] = /^([!^]*)(.*?)\((.*)\)$/.exec(line) ?? [];
  const ways = inner.split(";").map((way) =>
    way
      .split(",")
      .filter((text) => text.trim())
      .map((text): Parameter => {
        const [, kinds = "", mark = ""] = /^(.*?)(\?|\.\.\.)?$/.exec(text.trim()) ?? [];
        const types = kinds.split("|").map((kind) => SHORT[kind] ?? { name: kind });
        return { types, nullable: mark === "?" || types[0] === ANY, variadic: mark === "..." };
      }),
  );
  const known = { name, text: inner, ways, call, mayBeNull: flags.includes("!"), wide: flags.includes("^") };
  return [name, known];
}

export const functions = (...groups: readonly (readonly [string, Known])[][]): Functions =>
  Object.fromEntries(groups.flat());

// What a call counts for, beside the texts that it reads and writes.
const CALL_STEPS = 6;

// Calls a function by the first signature that fits, and notes where there is no result.
export function invoke(
  known: Known,
  shapes: readonly (readonly [number, readonly number[]])[],
  given: readonly Value[],
  run: Run,
): Value {
  const unknown = unknownOf(...given);
  if (unknown) return unknown;
  run.step(CALL_STEPS + given.reduce((sum: number, text) => sum + stepsOf(text), 0));
  const before = run.notes.length;
  for (const [way, places] of shapes) {
    const parameters = known.ways[way] ?? [];
    const values = prepared(parameters, places, given);
    if (!values) continue;
    const bad =
      values.includes(undefined) ||
      (!known.wide && parameters.some((wanted, at) => wanted.types[0] !== ANY && isWide(values[at] as Value)));
    const value = bad ? null : known.call(run, values, way);
    if (typeof value === "string") run.step(stepsOf(value));
    else weighed(run, value);
    const isNew = value === null && !known.mayBeNull && run.notes.length === before;
    return isNew && !given.includes(null) ? run.error("feel_no_result") : value;
  }
  return run.error("feel_wrong_arguments");
}

// Undefined stands for a null that makes the whole call null.
function prepared(
  parameters: readonly Parameter[],
  places: readonly number[],
  given: readonly Value[],
): (Value | undefined)[] | null {
  const values: (Value | undefined)[] = parameters.map((wanted) => (wanted.variadic ? [] : null));
  let isNull = false;
  for (let i = 0; i < given.length; i++) {
    const at = Math.min(places[i] ?? 0, parameters.length - 1);
    const wanted = parameters[at];
    if (!wanted) continue;
    const value = converted(given[i] ?? null, wanted);
    if (value === MISMATCH) return null;
    if (value === null && !wanted.nullable) isNull = true;
    if (wanted.variadic) (values[at] as Value[]).push(value);
    else values[at] = value;
  }
  return isNull ? [undefined] : values;
}

function converted(value: Value, wanted: Parameter): Value | typeof MISMATCH {
  if (value === null || wanted.types[0] === ANY) return value;
  for (const type of wanted.types) {
    const done = coerced(value, type);
    if (done !== MISMATCH) return done;
  }
  return MISMATCH;
}
