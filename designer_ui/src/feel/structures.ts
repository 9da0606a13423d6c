// Iterations, filters, functions, contexts and types: what only the whole bundle knows.
import { compare } from "./compare";
import { compile, whole, wrong } from "./compile";
import type { Closure, Compile, Makers } from "./compile";
import { asInt, Decimal, isWhole, ofInt, truncated } from "./decimal";
import { Exhausted, weighed } from "./running";
import type { Run, Scope } from "./running";
import { decide, tableOf } from "./table";
import { dateOf, isWide, numberOf } from "./temporal";
import type { IteratorTree, TypeTree } from "./tree";
import { coerced, element, hasType, member, MISMATCH } from "./types";
import { Day, Func, Range, Unknown, unknownOf } from "./values";
import type { Value } from "./values";

interface Source {
  readonly name: string;
  readonly values: (run: Run, scope: Scope) => Iterable<Value> | Unknown | null;
}

function* counted(low: bigint, high: bigint): Generator<bigint> {
  const step = low <= high ? 1n : -1n;
  for (let at = low; at * step <= high * step; at += step) yield at;
}

function* mapped<A, B>(items: Iterable<A>, turn: (item: A) => B): Generator<B> {
  for (const item of items) yield turn(item);
}

function steps(first: Value, end: Value, run: Run): Iterable<Value> | null {
  if (first instanceof Decimal && end instanceof Decimal) {
    if (!isWhole(first) || !isWhole(end)) return wrong(run, first, end);
    return mapped(counted(truncated(first), truncated(end)), ofInt);
  }
  if (first instanceof Day && end instanceof Day && !isWide(first) && !isWide(end)) {
    const days = counted(BigInt(numberOf(first)), BigInt(numberOf(end)));
    return mapped(days, (day) => dateOf(Number(day)));
  }
  return first !== null && end !== null ? wrong(run, first, end) : null;
}

function* inside(values: Iterable<Value>, span: Range): Generator<Value> {
  for (const value of values) {
    if (!span.lowClosed && compare(value, span.low) === 0) continue;
    if (!span.highClosed && compare(value, span.high) === 0) continue;
    yield value;
  }
}

function sourceOf(by: Compile, node: IteratorTree): Source {
  const source = compile(by, node.source);
  const last = node.end && compile(by, node.end);
  const values = (run: Run, scope: Scope): Iterable<Value> | Unknown | null => {
    const first = source(run, scope);
    if (last) {
      const end = last(run, scope);
      return unknownOf(first, end) ?? steps(first, end, run);
    }
    if (first instanceof Range) {
      const found = (compare(first.low, first.high) ?? 0) > 0 ? null : steps(first.low, first.high, run);
      return found && inside(found, first);
    }
    return Array.isArray(first) || first === null || first instanceof Unknown ? first : [first];
  };
  return { name: node.name, values };
}

// Does something for each combination; the answer is the value where there are none to go through.
function each(
  sources: readonly Source[],
  run: Run,
  scope: Scope,
  partial: Value[] | null,
  act: (inner: Scope) => void,
  at = 0,
): Unknown | null | true {
  const source = sources[at];
  if (!source) return true;
  const values = source.values(run, scope);
  if (values === null || values instanceof Unknown) return values;
  for (const value of values) {
    run.step();
    const names = new Map<string, Value>([[source.name, value]]);
    if (partial) names.set("partial", partial);
    const inner = { values: names, outer: scope };
    if (at + 1 === sources.length) act(inner);
    else {
      const trouble = each(sources, run, inner, partial, act, at + 1);
      if (trouble !== true) return trouble;
    }
  }
  return true;
}

function elementAt(items: readonly Value[], place: Value): Value {
  const at = place instanceof Decimal ? asInt(place) : null;
  return at ? (items[at > 0 ? at - 1 : items.length + at] ?? null) : null;
}

const itemScope = (item: Value, outer: Scope): Scope => {
  if (!(item instanceof Map)) return { values: new Map([["item", item]]), outer };
  return { values: item.has("item") ? item : new Map<string, Value>([...item, ["item", item]]), outer };
};

// Runs the body of a function within the bounds on calls.
export function guarded(run: Run, body: () => Value): Value {
  run.step(10);
  run.calls += 1;
  if (run.calls > 60) throw new Exhausted("feel_too_many_calls");
  try {
    return body();
  } finally {
    run.calls -= 1;
  }
}

type Typing = (run: Run, scope: Scope, value: Value) => Value | typeof MISMATCH;

// Converts to a declared type; allowed values are checked at all depths (DMN 1.5, 7.3.2).
function typing(by: Compile, type: TypeTree): Typing {
  const allowed = allowing(by, type);
  return (run, scope, value) => {
    const done = coerced(value, type);
    return done === MISMATCH || done === null || allowed(run, scope, done) ? done : MISMATCH;
  };
}

function allowing(by: Compile, type: TypeTree): (run: Run, scope: Scope, value: Value) => boolean {
  const tests = (type.allowed ?? []).map((test) => compile(by, test));
  const items = type.name === "list" && type.arguments?.length ? allowing(by, element(type)) : null;
  const parts = (type.names ?? []).map((name) => [name, allowing(by, member(type, name))] as const);
  return (run, scope, value) => {
    const inner = { values: new Map([["?", value]]), outer: scope };
    if (value !== null && tests.some((test) => test(run, inner) !== true)) return false;
    if (Array.isArray(value) && items) return value.every((item) => items(run, scope, item));
    if (!(value instanceof Map)) return true;
    return parts.every(([name, fits]) => fits(run, scope, value.get(name) ?? null));
  };
}

function callValue(run: Run, target: Func, names: readonly (string | null)[], given: Value[]): Value {
  if (names.every((name) => name === null)) {
    return given.length === target.parameters.length ? target.call(run, given) : run.error("feel_wrong_arguments");
  }
  const named = new Map(names.map((name, at) => [name, given[at] ?? null]));
  const fits = named.size === names.length && names.length === target.parameters.length;
  if (!fits || !target.parameters.every((name) => named.has(name))) return run.error("feel_wrong_arguments");
  return target.call(
    run,
    target.parameters.map((name) => named.get(name) ?? null),
  );
}

export const STRUCTURES: Makers = {
  for(by, node) {
    const sources = node.iterators.map((one) => sourceOf(by, one));
    const body = compile(by, node.body);
    return (run, scope) => {
      const done: Value[] = [];
      const trouble = each(sources, run, scope, done, (inner) => done.push(body(run, inner)));
      return trouble === true ? weighed(run, whole(done)) : trouble;
    };
  },
  quantified(by, node) {
    const sources = node.iterators.map((one) => sourceOf(by, one));
    const condition = compile(by, node.condition);
    const deciding = node.quantifier === "some";
    return (run, scope) => {
      const answers: Value[] = [];
      const trouble = each(sources, run, scope, null, (inner) => answers.push(condition(run, inner)));
      if (trouble !== true) return trouble;
      if (answers.includes(deciding)) return deciding;
      const sure = answers.every((answer) => typeof answer === "boolean" || answer instanceof Unknown);
      return sure ? (unknownOf(...answers) ?? !deciding) : null;
    };
  },
  filter(by, node) {
    const base = compile(by, node.base);
    const condition = compile(by, node.condition);
    const inner = node.condition.kind === "negation" ? node.condition.operand : node.condition;
    const isPlace = inner.kind === "number";
    return (run, scope) => {
      const value = base(run, scope);
      if (value === null || value instanceof Unknown) return value;
      const items = Array.isArray(value) ? value : [value];
      if (isPlace) return elementAt(items, condition(run, scope));
      const kept: Value[] = [];
      let unknown: Unknown | null = null;
      for (const item of items) {
        run.step();
        const answer = condition(run, itemScope(item, scope));
        if (answer === true) kept.push(item);
        else if (answer instanceof Decimal) return elementAt(items, answer);
        else if (answer instanceof Unknown) unknown = unknownOf(unknown, answer);
        else if (answer !== null && answer !== false) return run.error("feel_not_boolean");
      }
      if (items.length) return unknown ?? kept;
      const before = run.notes.length;
      const answer = condition(run, itemScope(null, scope));
      run.notes.splice(before);
      return answer instanceof Decimal ? null : [];
    };
  },
  function(by, node) {
    const names = node.parameters.map((parameter) => parameter.name);
    const types = node.parameters.map((parameter) => parameter.type);
    const typings = types.map((type) => type && typing(by, type));
    const body = compile(by, node.body);
    return (_, scope) =>
      new Func(
        names,
        (run, given) => {
          const values = new Map<string, Value>();
          for (const [at, name] of names.entries()) {
            const value = typings[at]?.(run, scope, given[at] ?? null) ?? given[at] ?? null;
            if (value === MISMATCH) return run.error("feel_wrong_argument");
            values.set(name, value);
          }
          return guarded(run, () => body(run, { values, outer: scope }));
        },
        types,
      );
  },
  invoke(by, node) {
    const target = compile(by, node.target);
    const given = node.arguments.map((argument) => compile(by, argument));
    return (run, scope) => {
      const value = target(run, scope);
      const values = given.map((argument) => argument(run, scope));
      const unknown = unknownOf(value, ...values);
      if (unknown) return unknown;
      if (value instanceof Func) return callValue(run, value, node.names, values);
      return value === null ? null : run.error("feel_not_a_function");
    };
  },
  context(by, node) {
    const entries = node.entries.map((entry) => [entry.key, compile(by, entry.value)] as const);
    const isTwice = new Set(entries.map(([key]) => key)).size < entries.length;
    return (run, scope) => {
      if (isTwice) return run.error("feel_key_twice");
      const values = new Map<string, Value>();
      for (const [key, value] of entries) values.set(key, value(run, { values, outer: scope }));
      return weighed(run, values);
    };
  },
  instance_of(by, node) {
    const value = compile(by, node.value);
    return (run, scope) => {
      const found = value(run, scope);
      if (found instanceof Unknown) return found;
      return node.type ? hasType(found, node.type) : run.error("feel_unknown_type");
    };
  },
  typed(by, node) {
    const value = compile(by, node.value);
    const convert = typing(by, node.type);
    return (run, scope) => {
      const done = convert(run, scope, value(run, scope));
      return done === MISMATCH ? run.error("feel_wrong_result") : done;
    };
  },
  table(by, node): Closure {
    const table = tableOf(by, node.table);
    return (run, scope) => decide(table, run, scope).value;
  },
};
