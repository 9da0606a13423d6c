// Reads what stands in the controls of a page, as the server's field types do.
import { orderDecimals, readDecimal } from "../feel/decimal";
import { isResidentId } from "../feel/functions_core";
import { keyOf, makeDate, readDate } from "../feel/temporal";
import type { Day, Value } from "../feel/values";

export interface Reading {
  readonly as: "text" | "lines" | "code" | "codes" | "flag" | "number" | "day" | "resident_id" | "place";
  readonly decimals?: number;
  readonly without?: readonly string[];
  readonly min?: string;
  readonly max?: string;
  readonly earliest?: string;
  readonly latest?: string;
}

const UNSEEN = /[\u200b\ufeff\u2060\u00ad]/g;
const half = (text: string): string =>
  text
    .replace(UNSEEN, "")
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[‐-―－−]/g, "-");
const line = (text: string): string => text.replace(UNSEEN, "").replace(/\s+/g, " ").trim();
const compact = (text: string): string => half(text).replace(/\s+/g, "");

// Null where nothing is answered, or what is typed cannot be an answer.
export function read(how: Reading, name: string, given: FormData): Value {
  const texts = given.getAll(name).filter((one): one is string => typeof one === "string");
  const text = texts[0] ?? "";
  switch (how.as) {
    case "text":
      return line(text) || null;
    case "lines":
      return text.replace(UNSEEN, "").split(/\r?\n|\r/).map((one) => one.trimEnd()).join("\n").trim() || null;
    case "code":
      return compact(text) || null;
    case "codes":
      return texts.length ? texts : null;
    case "flag":
      return text ? text === "true" : given.has(`${name}-shown`) ? false : null;
    case "number":
      return number(how, text);
    case "day":
      return day(how, text);
    case "resident_id": {
      const id = compact(text).replace(/[-.·]/g, "").toUpperCase().replace(/[×Х]/g, "X");
      return isResidentId(id) ? id : null;
    }
    case "place":
      return place(name, text, given);
  }
}

function number(how: Reading, typed: string): Value {
  let text = compact(typed).replace(/。/g, ".");
  for (const extra of how.without ?? []) {
    if (text.startsWith(extra)) text = text.slice(extra.length);
    if (text.endsWith(extra)) text = text.slice(0, -extra.length);
  }
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(text)) text = text.replace(/,/g, "");
  const found = /^[+-]?\d{1,20}(?:\.(\d{1,12}))?$/.exec(text);
  if (!found || (found[1] ?? "").replace(/0+$/, "").length > (how.decimals ?? 0)) return null;
  const value = readDecimal(text);
  const [least, most] = [how.min, how.max].map((limit) => (limit ? readDecimal(limit) : null));
  const isBeyond = value && ((least && orderDecimals(value, least) < 0) || (most && orderDecimals(value, most) > 0));
  return isBeyond ? null : value;
}

const DAYS = [/^(\d{4})[-/.年 ](\d{1,2})[-/.月 ](\d{1,2})[日号]?$/, /^(\d{4})(\d\d)(\d\d)$/];

function day(how: Reading, typed: string): Day | null {
  for (const text of [compact(typed), line(half(typed))]) {
    for (const shape of DAYS) {
      const found = shape.exec(text);
      if (!found) continue;
      const value = makeDate(Number(found[1]), Number(found[2]), Number(found[3]));
      const [first, last] = [how.earliest, how.latest].map((limit) => (limit ? readDate(limit) : null));
      const fits = value && value.year >= 1850 && !(first && keyOf(value) < keyOf(first)) && !(last && keyOf(value) > keyOf(last));
      return fits ? value : null;
    }
  }
  return null;
}

// The deepest list that was chosen in; a level that no longer fits the one above is left.
function place(name: string, first: string, given: FormData): string | null {
  let code = compact(first);
  for (let level = 0; level < 5; level++) {
    const deeper = compact(String(given.get(`${name}-${level}`) ?? ""));
    if (!deeper || (code && !deeper.startsWith(code.replace(/0+$/, "")))) break;
    code = deeper;
  }
  return code || null;
}
