// Functions on lists (DMN 1.5, 10.3.4.4 and 10.3.4.9).
import { calculate } from "./arithmetic";
import { compare, equal } from "./compare";
import { add, asInt, Decimal, divide, multiply, ofInt, orderDecimals, power, root, truncated } from "./decimal";
import { indexOf } from "./functions";
import { among, items, many } from "./functions_core";
import type { List } from "./functions_core";
import type { Run } from "./running";
import { feel } from "./signatures";
import type { Known } from "./signatures";
import { Days, Func, Months } from "./values";
import type { Value } from "./values";

function numbers(run: Run, given: readonly Value[]): Decimal[] | null {
  const found = items(run, given);
  return found.length && found.every((item) => item instanceof Decimal) ? (found as Decimal[]) : null;
}

const total = (list: readonly Decimal[]): Decimal | null =>
  list.slice(1).reduce<Decimal | null>((sum, item) => sum && add(sum, item), list[0] ?? null);

function joined(run: Run, given: readonly Value[], deciding: boolean): Value {
  const list = items(run, given);
  if (list.includes(deciding)) return deciding;
  return list.every((item) => typeof item === "boolean") ? !deciding : null;
}

function distinct(run: Run, list: List): Value {
  const kept: Value[] = [];
  for (const item of list) {
    run.step();
    const isPlain = item instanceof Decimal || typeof item === "string";
    const at = isPlain ? kept.findIndex((one) => equal(one, item) === true) : among(run, kept, item);
    if (at < 0) kept.push(item);
  }
  return kept;
}

function changed(list: List, place: Decimal, remove: number, ...more: Value[]): Value {
  const at = indexOf(place, list.length);
  return at === null ? null : [...list.slice(0, at), ...more, ...list.slice(at + remove)];
}

function sorted(run: Run, list: List, precedes: Func | null): Value {
  let isWrong = false;
  if (precedes && precedes.parameters.length !== 2) return null;
  const done = [...list].sort((a, b) => {
    run.step();
    if (precedes) return precedes.call(run, [a, b]) === true ? -1 : precedes.call(run, [b, a]) === true ? 1 : 0;
    const order = compare(a, b);
    if (order === null) isWrong = true;
    return order ?? 0;
  });
  return isWrong ? null : done;
}

export const LIST_FUNCTIONS: [string, Known][] = [
  many("sum", (run, given) => {
    const list = items(run, given);
    const kind = list[0]?.constructor;
    const fits = list[0] instanceof Decimal || list[0] instanceof Days || list[0] instanceof Months;
    if (!fits || !list.every((item) => item?.constructor === kind)) return null;
    return list.reduce((sum, item) => (sum === null ? null : calculate("+", sum, item)));
  }),
  many("mean", (run, given) => {
    const list = numbers(run, given);
    const sum = list && total(list);
    return sum && divide(sum, ofInt(list.length));
  }),
  many("product", (run, given) => {
    const list = numbers(run, given);
    return list && list.slice(1).reduce<Decimal | null>((sum, item) => sum && multiply(sum, item), list[0] ?? null);
  }),
  many("median", (run, given) => {
    const list = numbers(run, given);
    if (!list) return null;
    const ordered = [...list].sort(orderDecimals);
    const middle = Math.floor(ordered.length / 2);
    const [below, above] = ordered.slice(middle - 1, middle + 1);
    if (ordered.length % 2) return ordered[middle] ?? null;
    const sum = below && above && add(below, above);
    return sum ? divide(sum, ofInt(2)) : null;
  }),
  many("stddev", (run, given) => {
    const list = numbers(run, given);
    const sum = list && list.length > 1 ? total(list) : null;
    const centre = list && sum && divide(sum, ofInt(list.length));
    if (!centre) return null;
    const squares = list.map((item) => {
      const off = add(item, new Decimal(-centre.c, centre.e));
      return off && power(off, ofInt(2));
    });
    if (squares.includes(null)) return null;
    const all = total(squares as Decimal[]);
    const mean = all && divide(all, ofInt(list.length - 1));
    return mean && root(mean);
  }),
  many("mode", (run, given) => {
    const list = items(run, given);
    if (!list.every((item) => item instanceof Decimal)) return null;
    const ordered = [...(list as Decimal[])].sort(orderDecimals);
    const counts: [Decimal, number][] = [];
    for (const item of ordered) {
      const last = counts[counts.length - 1];
      if (last && orderDecimals(last[0], item) === 0) last[1] += 1;
      else counts.push([item, 1]);
    }
    const most = Math.max(0, ...counts.map(([, times]) => times));
    return counts.filter(([, times]) => times === most).map(([item]) => item);
  }),
  many("all", (run, given) => joined(run, given, false)),
  many("any", (run, given) => joined(run, given, true)),
  feel("sublist(list,number,number)", (_, [list, start, length]) => {
    const from = indexOf(start, list.length);
    if (from === null) return null;
    if (length === null) return list.slice(from);
    const count = asInt(length);
    return count === null || count < 0 || from + count > list.length ? null : list.slice(from, from + count);
  }),
  feel("append(list,any...)", (run, [list, more]) => {
    run.step(list.length);
    return [...list, ...more];
  }),
  feel("concatenate(list...)", (run, [lists]) => {
    run.step((lists as List[]).reduce((sum, list) => sum + list.length, 0));
    return (lists as Value[][]).flatMap((list) => list);
  }),
  feel("union(list...)", (run, [lists]) => distinct(run, (lists as Value[][]).flatMap((list) => list))),
  feel("distinct values(list)", (run, [list]) => distinct(run, list)),
  feel("insert before(list,number,any)", (_, [list, place, item]) => changed(list, place, 0, item)),
  feel("remove(list,number)", (_, [list, place]) => changed(list, place, 1)),
  feel("list replace(list,number,any;list,function,any)", (run, [list, where, item], way) => {
    if (way === 0) return changed(list, ofInt(truncated(where)), 1, item);
    if (where.parameters.length !== 2) return null;
    const done: Value[] = [];
    for (const old of list as List) {
      run.step();
      const chosen = (where as Func).call(run, [old, item]);
      if (typeof chosen !== "boolean") return null;
      done.push(chosen ? item : old);
    }
    return done;
  }),
  feel("reverse(list)", (run, [list]) => {
    run.step(list.length);
    return [...list].reverse();
  }),
  feel("index of(list,any)", (run, [list, match]) => {
    run.step(list.length);
    return (list as List).flatMap((item, at) => (equal(item, match) === true ? [ofInt(at + 1)] : []));
  }),
  feel("flatten(list)", (run, [list]) => {
    const done: Value[] = [];
    const waiting: Value[] = [list];
    while (waiting.length) {
      run.step();
      const current = waiting.pop() ?? null;
      if (Array.isArray(current)) waiting.push(...[...current].reverse());
      else done.push(current);
    }
    return done;
  }),
  feel("!sort(list,function)", (run, [list, precedes]) => sorted(run, list, precedes)),
];
