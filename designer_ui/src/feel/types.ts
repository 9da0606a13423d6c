// Types of values, and the conversions that FEEL does by itself (DMN 1.5, 10.3.2.9).
import { Decimal } from "./decimal";
import { midnight } from "./temporal";
import type { TypeTree } from "./tree";
import { Day, Days, Func, Moment, Months, OperatorTest, Range, Time } from "./values";
import type { Value } from "./values";

const SIMPLE: Record<string, (value: Value) => boolean> = {
  any: () => true,
  null: (v) => v === null,
  boolean: (v) => typeof v === "boolean",
  string: (v) => typeof v === "string",
  number: (v) => v instanceof Decimal,
  date: (v) => v instanceof Day,
  time: (v) => v instanceof Time,
  "date and time": (v) => v instanceof Moment,
  "days and time duration": (v) => v instanceof Days,
  "years and months duration": (v) => v instanceof Months,
  list: Array.isArray,
  context: (v) => v instanceof Map,
  range: (v) => v instanceof Range || v instanceof OperatorTest,
  function: (v) => v instanceof Func,
};

export const ANY: TypeTree = { name: "any" };
export const MISMATCH = Symbol();

export const kindOf = (value: Value): string =>
  Object.keys(SIMPLE).find((name) => name !== "any" && SIMPLE[name]?.(value)) ?? "unknown";

export function member(kind: TypeTree, name: string): TypeTree {
  return kind.arguments?.[kind.names?.indexOf(name) ?? -1] ?? ANY;
}

export const element = (kind: TypeTree): TypeTree => (kind.names?.length ? ANY : (kind.arguments?.[0] ?? ANY));

// Null has only the type null.
export function hasType(value: Value, kind: TypeTree): boolean {
  if (value === null) return kind.name === "null";
  if (!SIMPLE[kind.name]?.(value)) return false;
  const has = (inner: Value, type: TypeTree): boolean => inner === null || hasType(inner, type);
  if (Array.isArray(value) && kind.arguments?.length) return value.every((item) => has(item, element(kind)));
  if (value instanceof Range && kind.arguments?.length) {
    return has(value.low, element(kind)) && has(value.high, element(kind));
  }
  if (value instanceof Map && kind.names) {
    return kind.names.every((name) => value.has(name) && has(value.get(name) ?? null, member(kind, name)));
  }
  return !(value instanceof Func) || isFunction(value, kind);
}

function isFunction(value: Func, kind: TypeTree): boolean {
  if (!kind.result && !kind.arguments?.length) return true;
  const wanted = kind.arguments ?? [];
  if (value.types.length !== wanted.length) return false;
  if (kind.result && !isSubtype(ANY, kind.result)) return false;
  return wanted.every((type, at) => isSubtype(type, (value.types[at] as TypeTree | undefined) ?? ANY));
}

function isSubtype(kind: TypeTree, wanted: TypeTree): boolean {
  if (wanted.name === "any" || kind.name === "null" || same(kind, wanted)) return true;
  if (kind.name !== wanted.name) return false;
  if (kind.name === "context") {
    return (wanted.names ?? []).every((n) => kind.names?.includes(n) && isSubtype(member(kind, n), member(wanted, n)));
  }
  return (kind.name === "list" || kind.name === "range") && isSubtype(element(kind), element(wanted));
}

const same = (a: TypeTree, b: TypeTree): boolean => JSON.stringify(a) === JSON.stringify(b);

// A list of one gives its element, an element gives a list of one, a date its midnight in UTC.
export function coerced(value: Value, kind: TypeTree): Value | typeof MISMATCH {
  if (value === null || kind.name === "any" || hasType(value, kind)) return value;
  const isList = Array.isArray(value);
  if (kind.name === "list" && !isList) return hasType(value, element(kind)) ? [value] : MISMATCH;
  if (isList && value.length === 1 && kind.name !== "list") {
    const only = value[0] ?? null;
    return hasType(only, kind) ? only : MISMATCH;
  }
  return kind.name === "date and time" && value instanceof Day ? midnight(value) : MISMATCH;
}
