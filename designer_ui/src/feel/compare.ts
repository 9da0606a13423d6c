// Equality, order and membership of values (DMN 1.5, 10.3.2.13, 10.3.2.15 and Table 55).
import { Decimal, orderDecimals } from "./decimal";
import { keyOf, places, sinceMidnight, SECOND } from "./temporal";
import { Day, Days, Func, Moment, Months, OperatorTest, Range, Time, Unknown } from "./values";
import type { Value } from "./values";

// Times are the same if they are so to the millisecond.
const FINEST = 1_000_000n;
const same = (a: bigint, b: bigint): boolean => floor(a) === floor(b);
const floor = (a: bigint): bigint => a / FINEST - (a % FINEST < 0n ? 1n : 0n);
const sign = <T extends number | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

// Code points, not code units: surrogates come behind everything else below them.
export function orderTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return sign(weight(x), weight(y));
  }
  return sign(a.length, b.length);
}
const weight = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

function timePlaces(a: Time, b: Time): [bigint, bigint] | null {
  if ((a.zone === null) !== (b.zone === null)) return null;
  const [x, y] = [sinceMidnight(a), sinceMidnight(b)];
  return [x - BigInt(a.zone ?? 0) * SECOND, y - BigInt(b.zone ?? 0) * SECOND];
}

// Null where the two cannot be compared.
export function equal(a: Value, b: Value): boolean | null {
  if (a === null || b === null) return a === b;
  if (typeof a === "string" || typeof a === "boolean") return typeof a === typeof b ? a === b : null;
  if (a instanceof Decimal) return b instanceof Decimal ? orderDecimals(a, b) === 0 : null;
  if (a instanceof Day) return b instanceof Day ? keyOf(a) === keyOf(b) : null;
  if (a instanceof Moment || a instanceof Time) {
    const both =
      a instanceof Moment
        ? b instanceof Moment && places(a, b)
        : b instanceof Time && timePlaces(a, b);
    return both ? same(both[0], both[1]) : null;
  }
  if (a instanceof Days) return b instanceof Days ? a.nanos === b.nanos : bothZero(a, b);
  if (a instanceof Months) return b instanceof Months ? a.months === b.months : bothZero(a, b);
  if (Array.isArray(a)) return Array.isArray(b) ? equalLists(a, b) : null;
  if (a instanceof Map) return b instanceof Map ? equalContexts(a, b) : null;
  if (a instanceof Func) return a === b || null;
  if (a instanceof Unknown) {
    return b instanceof Unknown ? a.inputs.size === b.inputs.size && [...a.inputs].every((i) => b.inputs.has(i)) : null;
  }
  if (!(b instanceof Range || b instanceof OperatorTest)) return null;
  if (a instanceof Range) {
    return (
      b instanceof Range &&
      equal(a.low, b.low) === true &&
      equal(a.high, b.high) === true &&
      a.lowClosed === b.lowClosed &&
      a.highClosed === b.highClosed
    );
  }
  return b instanceof OperatorTest && a.operator === b.operator && equal(a.operand, b.operand) === true;
}

function bothZero(a: Days | Months, b: Value): true | null {
  const zero = (v: Value): boolean => (v instanceof Days && !v.nanos) || (v instanceof Months && !v.months);
  return (zero(a) && zero(b)) || null;
}

function equalLists(a: readonly Value[], b: readonly Value[]): boolean | null {
  if (a.length !== b.length) return false;
  let result: boolean | null = true;
  for (let at = 0; at < a.length; at++) {
    const found = equal(a[at] ?? null, b[at] ?? null);
    if (found === false) return false;
    if (found === null) result = null;
  }
  return result;
}

function equalContexts(a: Map<string, Value>, b: Map<string, Value>): boolean | null {
  if (a.size !== b.size || ![...a.keys()].every((key) => b.has(key))) return false;
  return equalLists([...a.values()], [...a.keys()].map((key) => b.get(key) ?? null));
}

// Below 0, 0, above 0; null where the two have no order.
export function compare(a: Value, b: Value): number | null {
  if (a instanceof Decimal) return b instanceof Decimal ? orderDecimals(a, b) : null;
  if (typeof a === "string") return typeof b === "string" ? orderTexts(a, b) : null;
  if (a instanceof Day) return b instanceof Day ? sign(keyOf(a), keyOf(b)) : null;
  if (a instanceof Days) return b instanceof Days ? sign(a.nanos, b.nanos) : null;
  if (a instanceof Months) return b instanceof Months ? sign(a.months, b.months) : null;
  let both: [bigint, bigint] | null = null;
  if (a instanceof Moment && b instanceof Moment) both = places(a, b);
  if (a instanceof Time && b instanceof Time) both = timePlaces(a, b);
  return both && sign(both[0], both[1]);
}

export function holds(operator: string, a: Value, b: Value): boolean | null {
  if (operator === "=") return equal(a, b);
  if (operator === "!=") {
    const found = equal(a, b);
    return found === null ? null : !found;
  }
  const order = compare(a, b);
  if (order === null) return null;
  return operator === "<" ? order < 0 : operator === "<=" ? order <= 0 : operator === ">" ? order > 0 : order >= 0;
}

export function within(value: Value, span: Range): boolean | null {
  if (value === null || span.low === null || span.high === null) return null;
  const above = holds(span.lowClosed ? ">=" : ">", value, span.low);
  const below = holds(span.highClosed ? "<=" : "<", value, span.high);
  if (above === false || below === false) return above !== null && below !== null ? false : null;
  return above && below ? true : null;
}

// Whether a value is another one, lies in it, or is among its elements.
export function matches(value: Value, wanted: Value): Value {
  if (value instanceof Unknown) return value;
  if (wanted instanceof Range) return within(value, wanted);
  if (wanted instanceof OperatorTest) return holds(wanted.operator, value, wanted.operand);
  if (!Array.isArray(wanted)) return equal(value, wanted);
  if (Array.isArray(value)) {
    if (equal(value, wanted)) return true;
    return wanted.some((item) => (Array.isArray(item) ? equal(value, item) : matches(value, item)) === true);
  }
  return wanted.some((item) => matches(value, item) === true);
}
