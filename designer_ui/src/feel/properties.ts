// What follows a dot: members of contexts, parts of dates and ranges (DMN 1.5, Table 65).
import { ofInt } from "./decimal";
import { DAY, numberOf, SECOND } from "./temporal";
import { Day, Days, Moment, Months, OperatorTest, Range, Time } from "./values";
import type { Value } from "./values";

const UNITS = new Map<string, readonly [bigint, bigint]>([
  ["days", [DAY, 0n]],
  ["hours", [3600n * SECOND, 24n]],
  ["minutes", [60n * SECOND, 60n]],
  ["seconds", [SECOND, 60n]],
]);

// Undefined where the value has no such property.
export function propertyOf(value: Value, name: string): Value | undefined {
  if (value instanceof Map) return value.get(name);
  if (value instanceof Day) return dayPart(value, name);
  if (value instanceof Moment) {
    if (name === "date") return value.date;
    if (name === "time") return value.time;
    const found = timePart(value.time, name);
    return found === undefined ? dayPart(value.date, name) : found;
  }
  if (value instanceof Time) return timePart(value, name);
  if (value instanceof Days) {
    const unit = UNITS.get(name);
    return unit && ofInt(unit[1] ? (value.nanos / unit[0]) % unit[1] : value.nanos / unit[0]);
  }
  if (value instanceof Months) {
    return name === "years" ? ofInt(value.months / 12n) : name === "months" ? ofInt(value.months % 12n) : undefined;
  }
  return value instanceof Range || value instanceof OperatorTest ? rangePart(value, name) : undefined;
}

function dayPart(value: Day, name: string): Value | undefined {
  if (name === "weekday") return ofInt(((((numberOf(value) + 3) % 7) + 7) % 7) + 1);
  return name === "year" || name === "month" || name === "day" ? ofInt(value[name]) : undefined;
}

function timePart(value: Time, name: string): Value | undefined {
  if (name === "hour" || name === "minute" || name === "second") return ofInt(value[name]);
  if (name === "time offset") return value.zone === null ? null : new Days(BigInt(value.zone) * SECOND);
  return name === "timezone" ? null : undefined;
}

function rangePart(value: Range | OperatorTest, name: string): Value | undefined {
  let [low, high, lowClosed, highClosed]: [Value, Value, boolean, boolean] = [null, null, false, false];
  if (value instanceof Range) {
    ({ low, high, lowClosed, highClosed } = value);
  } else {
    const { operator, operand } = value;
    const same = operator === "=";
    if (same || operator[0] === ">") low = operand;
    if (same || operator[0] === "<") high = operand;
    lowClosed = same || operator === ">=";
    highClosed = same || operator === "<=";
  }
  switch (name) {
    case "start":
      return low;
    case "end":
      return high;
    case "start included":
      return lowClosed;
    case "end included":
      return highClosed;
  }
  return undefined;
}
