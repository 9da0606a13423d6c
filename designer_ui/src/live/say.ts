// Says the result of a formula as the server says it.
import { Decimal, orderDecimals, ofInt, rounded, size, ten } from "../feel/decimal";
import { numberOf } from "../feel/temporal";
import { Day } from "../feel/values";
import type { Value } from "../feel/values";

export interface Result {
  readonly type: string;
  readonly decimals?: number;
  readonly unit?: string;
}

export interface Words {
  readonly later: string;
  readonly yes?: string;
  readonly no?: string;
  readonly weekdays?: readonly string[];
  readonly months?: readonly string[];
}

const LARGEST = ofInt(ten(20));

// Brings a result into its type; a result of another type is no result.
export function settled(value: Value, result: Result): Value {
  if (result.type === "number") {
    if (!(value instanceof Decimal) || orderDecimals(new Decimal(size(value.c), value.e), LARGEST) >= 0) return null;
    return rounded(value, result.decimals ?? 0, "half up");
  }
  if (result.type === "date") return value instanceof Day ? value : null;
  return typeof value === result.type ? value : null;
}

export function say(value: Value, result: Result, words: Words): string {
  if (value === null) return words.later;
  if (value instanceof Decimal) return grouped(value, result.decimals ?? 0) + (result.unit ?? "");
  if (value instanceof Day) return sayDay(value, words);
  return typeof value === "boolean" ? ((value ? words.yes : words.no) ?? "") : String(value);
}

function grouped(value: Decimal, decimals: number): string {
  const scaled = String(size(value.c) * ten(Math.max(0, value.e + decimals))).padStart(decimals + 1, "0");
  const whole = scaled.slice(0, scaled.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  return (value.c < 0n ? "-" : "") + whole + (decimals ? `.${scaled.slice(-decimals)}` : "");
}

function sayDay(day: Day, words: Words): string {
  const weekday = words.weekdays?.[(((numberOf(day) + 3) % 7) + 7) % 7] ?? "";
  if (words.months) return `${weekday} ${day.day} ${words.months[day.month - 1]} ${day.year}`;
  return `${day.year}年${day.month}月${day.day}日（${weekday}）`;
}
