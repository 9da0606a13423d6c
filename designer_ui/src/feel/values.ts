// Values of FEEL that TypeScript has no type for.
import type { Decimal } from "./decimal";
import type { Run } from "./running";

export class Day {
  constructor(
    readonly year: number,
    readonly month: number,
    readonly day: number,
  ) {}
}

// A time of day; `zone` is the offset from UTC in seconds.
export class Time {
  constructor(
    readonly hour: number,
    readonly minute: number,
    readonly second: number,
    readonly nano: number,
    readonly zone: number | null,
  ) {}
}

export class Moment {
  constructor(
    readonly date: Day,
    readonly time: Time,
  ) {}
}

// A days and time duration, in nanoseconds.
export class Days {
  constructor(readonly nanos: bigint) {}
}

// A years and months duration.
export class Months {
  constructor(readonly months: bigint) {}
}

// All values between two ends; null is an open end.
export class Range {
  constructor(
    readonly low: Value,
    readonly high: Value,
    readonly lowClosed: boolean,
    readonly highClosed: boolean,
  ) {}
}

// A unary test made a value.
export class OperatorTest {
  constructor(
    readonly operator: string,
    readonly operand: Value,
  ) {}
}

export class Func {
  constructor(
    readonly parameters: readonly string[],
    readonly call: (run: Run, given: Value[]) => Value,
    readonly types: readonly unknown[] = [],
  ) {}
}

// What a verdict has in place of missing inputs.
export class Unknown {
  constructor(readonly inputs: ReadonlySet<string>) {}
}

export interface Context extends Map<string, Value> {}
export type Value =
  | null
  | boolean
  | string
  | Decimal
  | Day
  | Time
  | Moment
  | Days
  | Months
  | Range
  | OperatorTest
  | Func
  | Unknown
  | Value[]
  | Context;

// Joins what is unknown among the values; null if all are known.
export function unknownOf(...values: readonly Value[]): Unknown | null {
  let found: Unknown | null = null;
  for (const value of values) {
    if (value instanceof Unknown) {
      found = found ? new Unknown(new Set([...found.inputs, ...value.inputs])) : value;
    }
  }
  return found;
}
