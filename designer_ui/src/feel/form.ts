// The part of the language that citizen pages follow; the server remains the judge.
import { CORE } from "./compile";
import { readDecimal } from "./decimal";
import { expression } from "./evaluation";
import type { Expression } from "./evaluation";
import { CORE_FUNCTIONS } from "./functions_core";
import { functions } from "./signatures";
import { readDate, readMoment, readTime } from "./temporal";
import type { Node } from "./tree";
import type { Value } from "./values";

const FORM = { makers: CORE, functions: functions(CORE_FUNCTIONS) };

export const condition = (node: Node): Expression => expression(FORM, node);

// Reads what stands in a control as a value of its FEEL type; null where it is none.
export function entered(type: string, text: string): Value {
  const bare = text.trim();
  if (!bare) return null;
  switch (type) {
    case "number":
      return readDecimal(bare.replace(/,/g, ""));
    case "boolean":
      return bare === "true" ? true : bare === "false" ? false : null;
    case "date":
      return readDate(bare);
    case "time":
      return readTime(bare);
    case "date and time":
      return readMoment(bare);
  }
  return text;
}

export { Unsupported } from "./running";
export type { World } from "./running";
export { readMoment } from "./temporal";
export type { Expression } from "./evaluation";
