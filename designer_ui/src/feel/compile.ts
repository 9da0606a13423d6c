// From tree to closures: literals, names, operators, tests, `if` and calls (DMN 1.5, 10.3.2).
//
// In a verdict missing inputs come as Unknown; what cannot be decided without them stays unknown.
import { calculate, negated } from "./arithmetic";
import { equal, holds, matches, within } from "./compare";
import { Decimal, readDecimal } from "./decimal";
import { propertyOf } from "./properties";
import { Run, stepsOf, Unsupported, weighed } from "./running";
import type { Scope, World } from "./running";
import { invoke } from "./signatures";
import type { Functions } from "./signatures";
import * as temporal from "./temporal";
import type { Node } from "./tree";
import { Day, Moment, OperatorTest, Range, Time, Unknown, unknownOf } from "./values";
import type { Value } from "./values";

export type Closure = (run: Run, scope: Scope) => Value;
type Test = (run: Run, scope: Scope, subject: Value) => Value;
type Of<K extends Node["kind"]> = Extract<Node, { kind: K }>;
export type Makers = { readonly [K in Node["kind"]]?: (compile: Compile, node: Of<K>) => Closure };

// Knows the constructs and the functions of one bundle.
export interface Compile {
  readonly makers: Makers;
  readonly functions: Functions;
}

export function compile(by: Compile, node: Node): Closure {
  const make = by.makers[node.kind] as ((by: Compile, node: Node) => Closure) | undefined;
  if (!make) throw new Unsupported(node.kind);
  return make(by, node);
}

export const constant =
  (value: Value): Closure =>
  () =>
    value;

const READERS: Record<string, (text: string) => Value> = {
  date: temporal.readDate,
  time: temporal.readTime,
  "date and time": temporal.readMoment,
  "days and time duration": temporal.readDays,
  "years and months duration": temporal.readMonths,
  null: () => null,
};

// Notes that an operator does not apply; numbers are then out of bounds.
export function wrong(run: Run, a: Value, b: Value): null {
  const numbers = a instanceof Decimal && b instanceof Decimal;
  return run.error(numbers ? "feel_out_of_bounds" : "feel_wrong_operands");
}

function name(_: Compile, node: Of<"name">): Closure {
  const known = node.name;
  const source = node.input ? known : node.root;
  return (run, scope) => {
    for (let inner: Scope | null = scope; inner; inner = inner.outer) {
      const value = inner.values.get(known);
      if (value === undefined) continue;
      if (value !== null || inner.outer || known === "?") return value;
      return run.verdict ? new Unknown(new Set([known])) : run.missing(known);
    }
    if (run.verdict && source !== undefined) return new Unknown(new Set([source]));
    return node.input ? run.missing(known) : run.error("feel_unknown_name");
  };
}

function path(by: Compile, node: Of<"path">): Closure {
  const base = compile(by, node.base);
  const { member, root } = node;
  const ofParameters = node.base.kind === "parameters";
  const take = (run: Run, value: Value): Value => {
    if (value instanceof Unknown) return value;
    const found = propertyOf(value, member);
    if (found !== undefined && (found !== null || root === undefined)) return found;
    if (root !== undefined && (value === null || value instanceof Map)) {
      return run.verdict ? new Unknown(new Set([root])) : run.missing(root);
    }
    if (ofParameters) return run.error("feel_unknown_parameter");
    return value === null ? null : run.error("feel_unknown_member");
  };
  return (run, scope) => {
    const value = base(run, scope);
    if (!Array.isArray(value)) return take(run, value);
    run.step(value.length);
    return whole(value.map((item) => take(run, item)));
  };
}

export const whole = (values: Value[]): Value => unknownOf(...values) ?? values;

function comparison(by: Compile, node: Of<"comparison">): Closure {
  const { operator } = node;
  if (operator === "=" || operator === "!=") {
    if (node.left.kind === "null") return nullTest(by, node.right, operator === "=");
    if (node.right.kind === "null") return nullTest(by, node.left, operator === "=");
  }
  const left = compile(by, node.left);
  const right = compile(by, node.right);
  return (run, scope) => {
    const a = left(run, scope);
    const b = right(run, scope);
    if (a instanceof Unknown || b instanceof Unknown) return unknownOf(a, b);
    const done = holds(operator, a, b);
    return done === null && a !== null && b !== null ? wrong(run, a, b) : done;
  };
}

// Only a name, or a member of one, tells what is missing from what is null.
function nullTest(by: Compile, node: Node, wanted: boolean): Closure {
  const value = compile(by, node);
  const sees = node.kind === "name" || node.kind === "path" || node.kind === "parameters";
  return (run, scope) => {
    const before = run.notes.length;
    let found = value(run, scope);
    if (found instanceof Unknown) {
      if (!sees) return found;
      found = null;
    }
    if (sees) run.notes.push(...run.notes.splice(before).filter((note) => note.code !== "feel_missing"));
    return (found === null) === wanted;
  };
}

function logical(by: Compile, node: Of<"logical">): Closure {
  const operands = node.operands.map((operand) => compile(by, operand));
  const deciding = node.operator === "or";
  return (run, scope) => {
    let none = false;
    let unknown: Unknown | null = null;
    for (const operand of operands) {
      const value = operand(run, scope);
      if (value === deciding) return deciding;
      if (value instanceof Unknown) unknown = unknownOf(unknown, value);
      else if (typeof value !== "boolean") {
        none = true;
        if (value !== null) run.error("feel_not_boolean");
      }
    }
    return none ? null : (unknown ?? !deciding);
  };
}

function between(by: Compile, node: Of<"between">): Closure {
  const parts = [node.value, node.low, node.high].map((part) => compile(by, part));
  return (run, scope) => {
    const [value = null, low = null, high = null] = parts.map((part) => part(run, scope));
    const unknown = unknownOf(value, low, high);
    if (unknown || value === null || low === null || high === null) return unknown;
    return within(value, new Range(low, high, true, true)) ?? wrong(run, value, low);
  };
}

function anyTest(value: Closure, tests: readonly Test[], negate: boolean): Closure {
  return (run, scope) => {
    const subject = value(run, scope);
    let unknown: Unknown | null = null;
    let answer: boolean | null = false;
    for (const test of tests) {
      const found = test(run, scope, subject);
      if (found === true) return !negate;
      if (found instanceof Unknown) unknown = unknownOf(unknown, found);
      else if (found === null) answer = null;
    }
    return unknown ?? (answer === false ? negate : null);
  };
}

// A test that names `?` itself is a condition of its own.
const asks = (node: unknown): boolean =>
  typeof node === "object" &&
  node !== null &&
  (((node as Node).kind === "name" && (node as Of<"name">).name === "?") || Object.values(node).some(asks));

function test(by: Compile, node: Node, isPlain: boolean): Test {
  if (node.kind === "null") return (_run, _scope, value) => value === null || value instanceof Unknown;
  const inner = compile(by, node);
  const isRange = node.kind === "range" || node.kind === "test";
  const members = node.kind === "list" ? node.items.map((item) => test(by, item, isPlain)) : null;
  const isOwn = !isPlain && asks(node);
  return (run, scope, value) => {
    if (members && run.verdict) {
      const answers = members.map((member) => member(run, scope, value));
      return answers.includes(true) || (unknownOf(...answers) ?? false);
    }
    const wanted = inner(run, scope);
    if (wanted instanceof Unknown || isOwn) return wanted;
    if (wanted === null && isRange) return null;
    if (value instanceof Unknown) return value;
    if (wanted === true && !isPlain && typeof value !== "boolean" && value !== null) return true;
    return matches(value, wanted);
  };
}

function range(by: Compile, node: Of<"range">): Closure {
  const low = compile(by, node.low);
  const high = compile(by, node.high);
  const lowOpen = node.low.kind === "null";
  const highOpen = node.high.kind === "null";
  return (run, scope) => {
    const a = low(run, scope);
    const b = high(run, scope);
    if (a instanceof Unknown || b instanceof Unknown) return unknownOf(a, b);
    if ((a === null && !lowOpen) || (b === null && !highOpen)) return null;
    if (a !== null && b !== null && holds("<=", a, b) === null) return wrong(run, a, b);
    return new Range(a, b, node.low_closed, node.high_closed);
  };
}

const FIXED = new Set(["date", "time", "date and time", "duration"]);
const NO_WORLD: World = {
  now: new Moment(new Day(2000, 1, 1), new Time(0, 0, 0, 0, 0)),
  parameters: new Map(),
};

export const CORE: Makers = {
  number: (_, node) => constant(readDecimal(node.value)),
  string: (_, node) => constant(node.value),
  boolean: (_, node) => constant(node.value),
  null: () => constant(null),
  at(_, node) {
    const read = READERS[node.type];
    if (!read) throw new Unsupported(node.type);
    return constant(read(node.text));
  },
  name,
  parameters: () => (run) => run.world.parameters,
  path,
  negation(by, node) {
    const operand = compile(by, node.operand);
    return (run, scope) => {
      const value = operand(run, scope);
      if (value === null || value instanceof Unknown) return value;
      return negated(value) ?? run.error("feel_wrong_operand");
    };
  },
  arithmetic(by, node) {
    const left = compile(by, node.left);
    const right = compile(by, node.right);
    return (run, scope) => {
      const a = left(run, scope);
      const b = right(run, scope);
      if (a === null || b === null) return null;
      if (a instanceof Unknown || b instanceof Unknown) return unknownOf(a, b);
      const done = calculate(node.operator, a, b);
      if (typeof done === "string") run.step(stepsOf(done));
      return done ?? wrong(run, a, b);
    };
  },
  comparison,
  logical,
  between,
  membership: (by, node) =>
    anyTest(
      compile(by, node.value),
      node.tests.map((one) => test(by, one, true)),
      false,
    ),
  unary_tests: (by, node) =>
    node.tests.length
      ? anyTest(
          name(by, { kind: "name", name: "?" }),
          node.tests.map((one) => test(by, one, false)),
          node.negated === true,
        )
      : constant(!node.negated),
  test(by, node) {
    const operand = compile(by, node.operand);
    return (run, scope) => {
      const value = operand(run, scope);
      return value instanceof Unknown ? value : new OperatorTest(node.operator, value);
    };
  },
  range,
  if(by, node) {
    const [condition, yes, no] = [compile(by, node.condition), compile(by, node.yes), compile(by, node.no)];
    return (run, scope) => {
      const chosen = condition(run, scope);
      if (!(chosen instanceof Unknown)) return (chosen === true ? yes : no)(run, scope);
      const first = yes(run, scope);
      const second = no(run, scope);
      return equal(first, second) === true ? first : unknownOf(chosen, first, second);
    };
  },
  call(by, node) {
    const known = by.functions[node.function];
    if (!known) throw new Unsupported(node.function);
    const given = node.arguments.map((argument) => compile(by, argument));
    const call: Closure = (run, scope) =>
      invoke(
        known,
        node.shapes,
        given.map((argument) => argument(run, scope)),
        run,
      );
    // The same at any moment: worked out once.
    const isFixed = node.arguments.every((argument) => argument.kind === "string" && !argument.value.includes("@"));
    if (!isFixed || !FIXED.has(node.function)) return call;
    const run = new Run(NO_WORLD, false);
    const value = call(run, { values: NO_WORLD.parameters, outer: null });
    return value === null || run.notes.length ? call : constant(value);
  },
  list(by, node) {
    const items = node.items.map((item) => compile(by, item));
    return (run, scope) =>
      weighed(
        run,
        whole(items.map((item) => item(run, scope))),
      );
  },
};
