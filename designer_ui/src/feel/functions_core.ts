// The functions that citizen pages know.
import { compare, equal } from "./compare";
import { asInt, ofInt } from "./decimal";
import { Unsupported } from "./running";
import type { Run } from "./running";
import { feel } from "./signatures";
import type { Known } from "./signatures";
import * as temporal from "./temporal";
import { Day, Moment, Months } from "./values";
import type { Value } from "./values";

type Point = Day | Moment;
const today = (run: Run): Day => run.world.now.date;
const months = (from: Point, to: Point): number =>
  temporal.monthsBetween(temporal.datePart(from), temporal.datePart(to));

// A resident id number (GB 11643).
const RESIDENT_ID = /^\d{17}[\dXx]$/;
function birthDate(text: string): Day | null {
  if (!RESIDENT_ID.test(text)) return null;
  const found = temporal.makeDate(Number(text.slice(6, 10)), Number(text.slice(10, 12)), Number(text.slice(12, 14)));
  return found && found.year > 0 ? found : null;
}

export function isResidentId(text: string): boolean {
  if (!birthDate(text)) return false;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const total = weights.reduce((sum, weight, at) => sum + weight * Number(text[at]), 0);
  return "10X98765432"[total % 11] === text[17]?.toUpperCase();
}

export type List = readonly Value[];

// `sum([1, 2])` and `sum(1, 2)`.
export function items(run: Run, [given]: readonly Value[]): List {
  let found: List = Array.isArray(given) ? given : [];
  if (found.length === 1 && Array.isArray(found[0])) found = found[0];
  run.step(found.length);
  return found;
}

export function among(run: Run, list: List, wanted: Value): number {
  run.step(list.length);
  return list.findIndex((item) => equal(item, wanted) === true);
}

function extreme(run: Run, given: readonly Value[], sign: number): Value {
  const list = items(run, given);
  let best = list[0] ?? null;
  if (!list.length || list.includes(null)) return null;
  if (list.length === 1) return compare(best, best) === null ? null : best;
  for (const item of list.slice(1)) {
    const order = compare(item, best);
    if (order === null) return null;
    if (order * sign > 0) best = item;
  }
  return best;
}

export const many = (name: string, call: (run: Run, given: readonly Value[]) => Value): [string, Known] =>
  feel(`!${name}(list;any...)`, call);

export const CORE_FUNCTIONS: [string, Known][] = [
  feel("!not(any)", (_, [value]) => (typeof value === "boolean" ? !value : null)),
  feel("today()", today),
  feel("now()", (run) => run.world.now),
  feel("^date(string;date|moment;number,number,number)", (_, [first, month, day], way): Value => {
    if (way === 0) return temporal.readDate(first);
    if (way === 1) return temporal.datePart(first);
    const [y, m, d] = [asInt(first), asInt(month), asInt(day)];
    return y === null || m === null || d === null ? null : temporal.makeDate(y, m, d);
  }),
  feel("^date and time(string;moment|date;date|moment,time;date|moment,string)", (_, [first, second], way): Value => {
    if (way === 0) return temporal.readMoment(first);
    if (way === 1) return first instanceof Moment ? first : temporal.midnight(first);
    if (way === 2) return new Moment(temporal.datePart(first), second);
    throw new Unsupported("zone");
  }),
  feel("duration(string;days|months)", (_, [text], way) => (way ? text : temporal.readDuration(text))),
  feel("^years and months duration(date|moment,date|moment)", (_, [from, to]) => new Months(BigInt(months(from, to)))),
  feel("age(date|moment,date|moment)", (run, [born, on]) => {
    const [from, to] = [temporal.datePart(born), temporal.datePart(on ?? today(run))];
    return temporal.keyOf(to) < temporal.keyOf(from) ? null : ofInt(Math.floor(months(from, to) / 12));
  }),
  feel("months between(date|moment,date|moment)", (_, [from, to]) => ofInt(months(from, to))),
  feel("days between(date|moment,date|moment)", (_, [from, to]) =>
    ofInt(temporal.numberOf(temporal.datePart(to)) - temporal.numberOf(temporal.datePart(from))),
  ),
  feel("string length(string)", (_, [text]) => ofInt([...text].length)),
  feel("contains(string,string)", (_, [text, match]) => text.includes(match)),
  feel("starts with(string,string)", (_, [text, match]) => text.startsWith(match)),
  feel("ends with(string,string)", (_, [text, match]) => text.endsWith(match)),
  feel("count(list)", (_, [items]) => ofInt(items.length)),
  feel("list contains(list,any)", (run, [list, element]) => among(run, list, element) >= 0),
  many("min", (run, given) => extreme(run, given, -1)),
  many("max", (run, given) => extreme(run, given, 1)),
  feel("birth date of id(string)", (_, [text]) => birthDate(text)),
  feel("sex of id(string)", (_, [text]) => (RESIDENT_ID.test(text) ? (Number(text[16]) % 2 ? "1" : "2") : null)),
  feel("region of id(string)", (_, [text]) => (RESIDENT_ID.test(text) ? text.slice(0, 6) : null)),
  feel("is resident id(string)", (_, [text]) => isResidentId(text)),
];
