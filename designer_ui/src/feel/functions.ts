// The other functions of the language: texts, numbers, dates, contexts, ranges (DMN 1.5, 10.3.4).
import { compare, equal, within } from "./compare";
import { add, asInt, Decimal, divide, isWhole, minus, multiply, ofInt } from "./decimal";
import { readDecimal, root, rounded, size, truncated } from "./decimal";
import type { Rounding } from "./decimal";
import { bounded, Unsupported } from "./running";
import { literal } from "./show";
import { feel } from "./signatures";
import type { Known } from "./signatures";
import * as temporal from "./temporal";
import { Day, Days, Moment, Months, Range, Time } from "./values";
import type { Context, Value } from "./values";

type Entry = [string, Known];

// A place counted from 1, or from the end where negative, as an index.
export function indexOf(place: Decimal, length: number): number | null {
  const at = asInt(place);
  if (!at || Math.abs(at) > length) return null;
  return at > 0 ? at - 1 : length + at;
}

const TEXTS: Entry[] = [
  feel("!string(any)", (_, [value]) => (value === null || typeof value === "string" ? value : literal(value))),
  feel("number(string,string?,string?;number)", (_, [text, grouping, point], way) =>
    way ? text : numberIn(text, grouping, point),
  ),
  feel("substring(string,number,number)", (_, [text, start, length]) => {
    const signs = [...text];
    const from = indexOf(start, signs.length);
    if (from === null) return null;
    if (length === null) return signs.slice(from).join("");
    const count = Number(truncated(length));
    return count >= 1 ? signs.slice(from, from + count).join("") : null;
  }),
  feel("upper case(string)", (_, [text]) => text.toUpperCase()),
  feel("lower case(string)", (_, [text]) => text.toLowerCase()),
  feel("substring before(string,string)", (_, [text, match]) => text.slice(0, Math.max(0, text.indexOf(match)))),
  feel("substring after(string,string)", (_, [text, match]) => {
    const at = text.indexOf(match);
    return at < 0 ? "" : text.slice(at + match.length);
  }),
  feel("string join(list,string?)", (run, [texts, delimiter]) => {
    run.step(texts.length);
    const all: Value[] = texts;
    if (all.some((text) => text !== null && typeof text !== "string")) return null;
    return bounded(all.filter((text) => text !== null).join(delimiter ?? ""));
  }),
];

function numberIn(text: string, grouping: string | null, point: string | null): Decimal | null {
  if (grouping !== null && ![" ", ",", "."].includes(grouping)) return null;
  if (point !== null && point !== "." && point !== ",") return null;
  if (grouping !== null && grouping === point) return null;
  if (grouping) text = text.split(grouping).join("");
  if (point && point !== ".") {
    if (text.includes(".")) return null;
    text = text.split(point).join(".");
  }
  if (/[^\x00-\x7f]/.test(text)) throw new Unsupported("number");
  return /^[+-]?[\d.]/.test(text) ? readDecimal(text) : null;
}

const scaled = (name: string, mode: Rounding): Entry =>
  feel(`${name}(number,number)`, (_, [n, scale]) => {
    const places = scale === null ? 0 : asInt(scale);
    return places === null ? null : rounded(n, places, mode);
  });

const NUMBERS: Entry[] = [
  feel("decimal(number,number)", (_, [n, scale]) => rounded(n, Number(truncated(scale)), "even")),
  feel("abs(number|days|months)", (_, [n]) => {
    if (n instanceof Days) return new Days(size(n.nanos));
    return n instanceof Months ? new Months(size(n.months)) : new Decimal(size(n.c), n.e);
  }),
  feel("modulo(number,number)", (_, [dividend, divisor]) => {
    const quotient = divide(dividend, divisor);
    const whole = quotient && rounded(quotient, 0, "floor");
    if (!whole) return null;
    const { c, e } = divisor as Decimal;
    return add(dividend, new Decimal(-c * whole.c, e + whole.e));
  }),
  feel("odd(number)", (_, [n]) => isWhole(n) && truncated(n) % 2n !== 0n),
  feel("even(number)", (_, [n]) => isWhole(n) && truncated(n) % 2n === 0n),
  scaled("floor", "floor"),
  scaled("ceiling", "ceiling"),
  scaled("round up", "up"),
  scaled("round down", "down"),
  scaled("round half up", "half up"),
  scaled("round half down", "half down"),
  feel("sqrt(number)", (_, [n]) => root(n)),
];

const WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const YEAR = "January February March April May June July August September October November December".split(" ");
const dayOf = (value: Day | Moment): Day => temporal.datePart(value);
const dayOfYear = (d: Day): number => temporal.numberOf(d) - temporal.numberOf(new Day(d.year, 1, 1)) + 1;
// Monday is 0.
const weekday = (d: Day): number => (((temporal.numberOf(d) + 3) % 7) + 7) % 7;

const DATES: Entry[] = [
  feel("^time(string;time|moment|date;number,number,number,days?)", (_, [first, minute, second, offset], way) => {
    if (way === 0) return temporal.readTime(first);
    if (way === 1) {
      return first instanceof Time ? first : first instanceof Moment ? first.time : new Time(0, 0, 0, 0, 0);
    }
    const [hours, minutes, whole] = [asInt(first), asInt(minute), truncated(second)];
    if (hours === null || minutes === null || second.c < 0n || whole >= 60n) return null;
    const rest = add(second, minus(ofInt(whole)));
    const nanos = rest && multiply(rest, ofInt(temporal.SECOND));
    const zone = offset === null ? null : Number(floored(offset.nanos));
    if (!nanos || (zone !== null && Math.abs(zone) > 50_400)) return null;
    return temporal.makeTime(hours, minutes, Number(whole), Number(truncated(nanos)), zone);
  }),
  feel("day of week(date|moment)", (_, [d]) => WEEK[weekday(dayOf(d))] ?? null),
  feel("day of year(date|moment)", (_, [d]) => ofInt(dayOfYear(dayOf(d)))),
  feel("week of year(date|moment)", (_, [d]) => {
    // The week is that of its Thursday (ISO 8601).
    const thursday = temporal.dateOf(temporal.numberOf(dayOf(d)) - weekday(dayOf(d)) + 3);
    return thursday && ofInt(Math.floor((dayOfYear(thursday) - 1) / 7) + 1);
  }),
  feel("month of year(date|moment)", (_, [d]) => YEAR[dayOf(d).month - 1] ?? null),
  feel("last day of month(date|moment)", (_, [d]) => ofInt(temporal.lastDay(dayOf(d).year, dayOf(d).month))),
  feel("is(any,any)", (_, [first, second]) => same(first, second)),
];

const floored = (nanos: bigint): bigint => (nanos - (((nanos % temporal.SECOND) + temporal.SECOND) % temporal.SECOND)) / temporal.SECOND;

// The same down to the zone.
function same(a: Value, b: Value): boolean {
  if (a instanceof Moment || a instanceof Time) return a.constructor === b?.constructor && literal(a) === literal(b);
  if (Array.isArray(a) || a instanceof Map || a instanceof Range) throw new Unsupported("is");
  return equal(a, b) === true && typeof a === typeof b && a?.constructor === b?.constructor;
}

const CONTEXTS: Entry[] = [
  feel("!get value(context,string;context,strings)", (_, [context, key], way) => {
    if (way === 0) return (context as Context).get(key) ?? null;
    if (!key.length) return null;
    let current: Value = context;
    for (const step of key) current = current instanceof Map ? (current.get(step) ?? null) : null;
    return current;
  }),
  feel("get entries(context)", (run, [context]) => {
    run.step(context.size);
    return [...(context as Context)].map(([key, value]) => new Map<string, Value>([["key", key], ["value", value]]));
  }),
  feel("context(list)", (run, [entries]) => {
    run.step(entries.length);
    const made: Context = new Map();
    for (const entry of entries as Value[]) {
      const key = entry instanceof Map ? entry.get("key") : null;
      const value = entry instanceof Map ? entry.get("value") : undefined;
      if (value === undefined || typeof key !== "string" || made.has(key)) return null;
      made.set(key, value);
    }
    return made;
  }),
  feel("context put(context,string,any;context,strings,any)", (run, [context, key, value], way) =>
    put((count) => run.step(count), context, way ? key : [key], value),
  ),
  feel("context merge(list)", (run, [contexts]) => {
    const made: Context = new Map();
    for (const context of contexts as Value[]) {
      if (!(context instanceof Map)) return null;
      run.step(context.size);
      for (const [key, value] of context) made.set(key, value);
    }
    return made;
  }),
];

function put(step: (count: number) => void, context: Context, keys: readonly (string | null)[], value: Value): Value {
  step(context.size + 1);
  const [key, ...rest] = keys;
  if (key === undefined || keys.includes(null)) return null;
  if (!rest.length) return new Map([...context, [key as string, value]]);
  const inner = context.get(key as string) ?? new Map<string, Value>();
  const deeper = inner instanceof Map ? put(step, inner, rest, value) : null;
  return deeper && new Map([...context, [key as string, deeper]]);
}

// Relations of points and ranges (DMN 1.5, 10.3.4.11); null where there is no order.
const NONE = Symbol();
function order(a: Value, b: Value): number {
  const found = compare(a, b);
  if (found === null) throw NONE;
  return found;
}
const ends = (value: Value): Range => (value instanceof Range ? value : new Range(value, value, true, true));
const low = (a: Range, b: Range): number => order(a.low, b.low) || Number(!a.lowClosed) - Number(!b.lowClosed);
const high = (a: Range, b: Range): number => order(a.high, b.high) || Number(a.highClosed) - Number(b.highClosed);
function before(a: Value, b: Value): boolean {
  const [first, second] = [ends(a), ends(b)];
  const found = order(first.high, second.low);
  return found < 0 || (found === 0 && !(first.highClosed && second.lowClosed));
}
const meets = (a: Range, b: Range): boolean => a.highClosed && b.lowClosed && order(a.high, b.low) === 0;
const includes = (a: Range, b: Value): boolean | null =>
  b instanceof Range ? low(a, b) <= 0 && high(a, b) >= 0 : within(b, a);
const overlaps = (a: Range, b: Range): boolean => !before(a, b) && !before(b, a);
const earlier = (a: Range, b: Range): boolean => overlaps(a, b) && low(a, b) < 0 && high(a, b) <= 0;
const finishes = (a: Value, b: Range): boolean =>
  a instanceof Range ? high(a, b) === 0 && low(a, b) >= 0 : b.highClosed && equal(a, b.high) === true;
const starts = (a: Value, b: Range): boolean =>
  a instanceof Range ? low(a, b) === 0 && high(a, b) <= 0 : b.lowClosed && equal(a, b.low) === true;
function coincides(a: Value, b: Value): boolean {
  const [first, second] = [ends(a), ends(b)];
  return low(first, second) === 0 && high(first, second) === 0;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Relation = (a: any, b: any) => boolean | null;
const SHAPES = { r: "range,range", p: "any,range", q: "range,any", a: "any,any" };
const relation = (name: string, shapes: string, compute: Relation, isTurned = false): Entry =>
  feel(`${name}(${[...shapes].map((shape) => SHAPES[shape as "r"]).join(";")})`, (_, [a, b]) => {
    try {
      return isTurned ? compute(b, a) : compute(a, b);
    } catch (none) {
      if (none === NONE) return null;
      throw none;
    }
  });

const RANGES: Entry[] = [
  relation("before", "rqpa", before),
  relation("after", "rqpa", before, true),
  relation("meets", "r", meets),
  relation("met by", "r", meets, true),
  relation("overlaps", "r", overlaps),
  relation("overlaps before", "r", earlier),
  relation("overlaps after", "r", earlier, true),
  relation("finishes", "rp", finishes),
  relation("finished by", "rq", finishes, true),
  relation("includes", "rq", includes),
  relation("during", "rp", includes, true),
  relation("starts", "rp", starts),
  relation("started by", "rq", starts, true),
  relation("coincides", "rqpa", coincides),
];

export const MORE_FUNCTIONS: Entry[] = [...TEXTS, ...NUMBERS, ...DATES, ...CONTEXTS, ...RANGES];
