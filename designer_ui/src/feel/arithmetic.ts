// Arithmetic on numbers, texts, dates and durations (DMN 1.5, Tables 56 to 59).
import { add, Decimal, divide, fit, isWhole, minus, multiply, ONE, power, truncated } from "./decimal";
import { bounded, Unsupported } from "./running";
import * as temporal from "./temporal";
import { Day, Days, Moment, Months, Time } from "./values";
import type { Value } from "./values";

type Length = Days | Months;
const isPoint = (value: Value): value is Day | Moment => value instanceof Day || value instanceof Moment;
const isLength = (value: Value): value is Length => value instanceof Days || value instanceof Months;
const amount = (value: Length): bigint => (value instanceof Days ? value.nanos : value.months);

// Null for anything but numbers and durations.
export function negated(value: Value): Value {
  if (value instanceof Decimal) return minus(value);
  if (value instanceof Days) return new Days(-value.nanos);
  return value instanceof Months ? new Months(-value.months) : null;
}

// Null where the operator does not apply or the result is out of bounds.
export function calculate(operator: string, a: Value, b: Value): Value {
  if (a instanceof Decimal && b instanceof Decimal) return onNumbers(operator, a, b);
  if (operator === "+") return plus(a, b);
  if (operator === "-") return less(a, b);
  if (operator === "*") {
    if (isLength(a) && b instanceof Decimal) return scaled(a, b);
    return a instanceof Decimal && isLength(b) ? scaled(b, a) : null;
  }
  if (operator !== "/" || !isLength(a)) return null;
  if (b instanceof Decimal) {
    const factor = divide(ONE, b);
    return factor && scaled(a, factor);
  }
  if (!isLength(b) || a instanceof Days !== b instanceof Days) return null;
  return divide(new Decimal(amount(a), 0), new Decimal(amount(b), 0));
}

function onNumbers(operator: string, a: Decimal, b: Decimal): Value {
  switch (operator) {
    case "+":
      return add(a, b);
    case "-":
      return add(a, minus(b));
    case "*":
      return multiply(a, b);
    case "/":
      return divide(a, b);
  }
  if (!isWhole(b)) throw new Unsupported("**");
  return power(a, b);
}

function plus(a: Value, b: Value): Value {
  if (typeof a === "string" && typeof b === "string") return bounded(a + b);
  if (isLength(b)) return sameLength(a, b) ? joined(a, b, 1n) : moved(a, b, 1n);
  return isLength(a) ? moved(b, a, 1n) : null;
}

function less(a: Value, b: Value): Value {
  if (isLength(b)) return sameLength(a, b) ? joined(a, b, -1n) : moved(a, b, -1n);
  if (isPoint(a) && isPoint(b)) return temporal.betweenMoments(a, b);
  if (!(a instanceof Time && b instanceof Time) || (a.zone === null) !== (b.zone === null)) return null;
  const shift = BigInt((b.zone ?? 0) - (a.zone ?? 0)) * temporal.SECOND;
  return new Days(temporal.sinceMidnight(a) - temporal.sinceMidnight(b) + shift);
}

const sameLength = (a: Value, b: Length): a is Length => isLength(a) && a instanceof Days === b instanceof Days;
const length = (value: Length, size: bigint): Length | null =>
  value instanceof Days ? temporal.daysOf(size) : temporal.monthsOf(size);
const joined = (a: Length, b: Length, sign: bigint): Value => length(a, amount(a) + sign * amount(b));

function moved(point: Value, by: Length, sign: bigint): Value {
  if (by instanceof Months) return isPoint(point) ? temporal.addMonths(point, sign * by.months) : null;
  if (point instanceof Time) return temporal.addToTime(point, sign * by.nanos);
  return isPoint(point) ? temporal.addDays(point, sign * by.nanos) : null;
}

function scaled(value: Length, factor: Decimal): Value {
  const product = fit(amount(value) * factor.c, factor.e);
  return product && length(value, truncated(product));
}
