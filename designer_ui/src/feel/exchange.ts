// Values as JSON: `{"type", "value"}`, numbers as text, contexts as lists of entries.
import { Decimal, plain, readDecimal } from "./decimal";
import { iso, literal } from "./show";
import * as temporal from "./temporal";
import { kindOf } from "./types";
import { Func, OperatorTest, Range } from "./values";
import type { Context, Value } from "./values";

export interface Shown {
  readonly type: string;
  readonly value: unknown;
}

const READERS: Record<string, (text: string) => Value> = {
  number: readDecimal,
  date: temporal.readDate,
  time: temporal.readTime,
  "date and time": temporal.readMoment,
  "days and time duration": temporal.readDays,
  "years and months duration": temporal.readMonths,
};

export function received(shown: Shown): Value {
  const { type, value } = shown;
  if (value === null || typeof value === "boolean") return value;
  if (type === "list") return (value as Shown[]).map(received);
  if (type === "context") return contextOf(value as { name: string; value: Shown }[]);
  const read = READERS[type];
  return read ? read(String(value)) : String(value);
}

export const contextOf = (entries: readonly { readonly name: string; readonly value: Shown }[]): Context =>
  new Map(entries.map((entry) => [entry.name, received(entry.value)]));

export function sent(value: Value): Shown {
  const type = kindOf(value);
  if (value === null || typeof value === "boolean" || typeof value === "string") return { type, value };
  if (value instanceof Decimal) return { type, value: plain(value) };
  if (Array.isArray(value)) return { type, value: value.map(sent) };
  if (value instanceof Map) return { type, value: [...value].map(([name, item]) => ({ name, value: sent(item) })) };
  const isText = value instanceof Range || value instanceof OperatorTest || value instanceof Func;
  return { type, value: isText ? literal(value) : iso(value) };
}
