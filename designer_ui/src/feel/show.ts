// Values as text, as FEEL writes them.
import { Decimal, plain } from "./decimal";
import { DAY, SECOND, sinceMidnight } from "./temporal";
import { Day, Days, Func, Moment, Months, OperatorTest, Range, Time } from "./values";
import type { Value } from "./values";

const two = (n: number | bigint): string => String(n).padStart(2, "0");
const fraction = (nanos: number | bigint): string =>
  nanos ? `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}` : "";

function zone(offset: number | null): string {
  if (offset === null) return "";
  if (!offset) return "Z";
  const size = Math.abs(offset);
  const [hours, minutes, seconds] = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60];
  return `${offset < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}${seconds ? `:${two(seconds)}` : ""}`;
}

const day = (d: Day): string =>
  `${d.year < 0 ? "-" : ""}${String(Math.abs(d.year)).padStart(4, "0")}-${two(d.month)}-${two(d.day)}`;

const time = (t: Time): string => `${two(t.hour)}:${two(t.minute)}:${two(t.second)}${fraction(t.nano)}${zone(t.zone)}`;

function days(value: Days): string {
  const nanos = value.nanos < 0n ? -value.nanos : value.nanos;
  if (!nanos) return "PT0S";
  const clock = nanos % DAY;
  const of = sinceMidnight(new Time(0, 0, 1, 0, null));
  const seconds = clock / of;
  const [h, m, s, rest] = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n, clock % SECOND];
  let text = value.nanos < 0n ? "-P" : "P";
  if (nanos >= DAY) text += `${nanos / DAY}D`;
  if (clock) text += "T";
  if (h) text += `${h}H`;
  if (m) text += `${m}M`;
  return s || rest ? `${text}${s}${fraction(rest)}S` : text;
}

function months(value: Months): string {
  if (!value.months) return "P0M";
  const size = value.months < 0n ? -value.months : value.months;
  const [y, m] = [size / 12n, size % 12n];
  return `${value.months < 0n ? "-P" : "P"}${y ? `${y}Y` : ""}${m ? `${m}M` : ""}`;
}

const ESCAPES = new Map([["\\", "\\\\"], ['"', '\\"'], ["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]);
// eslint-disable-next-line no-control-regex
const quoted = (text: string): string =>
  `"${text.replace(/[\\"\u0000-\u001f\u2028\u2029\u0085]/g, (sign) => ESCAPES.get(sign) ?? `\\u${hex(sign)}`)}"`;
const hex = (sign: string): string => sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
const PLAIN = /^\s*[\p{XID_Start}_]\p{XID_Continue}*(\s+[\p{XID_Start}_]\p{XID_Continue}*)*\s*$/u;

export function iso(value: Value): string {
  if (value instanceof Moment) return `${day(value.date)}T${time(value.time)}`;
  if (value instanceof Day) return day(value);
  if (value instanceof Time) return time(value);
  if (value instanceof Days) return days(value);
  return value instanceof Months ? months(value) : "";
}

export function literal(value: Value): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof Decimal) return plain(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => `${PLAIN.test(key) ? key : quoted(key)}: ${literal(item)}`);
    return `{${entries.join(", ")}}`;
  }
  if (value instanceof Range) {
    const inner = `${literal(value.low)}..${literal(value.high)}`;
    return `${value.lowClosed ? "[" : "("}${inner}${value.highClosed ? "]" : ")"}`;
  }
  if (value instanceof OperatorTest) return `(${value.operator} ${literal(value.operand)})`;
  if (value instanceof Func) return `function(${value.parameters.join(", ")})`;
  return iso(value);
}
