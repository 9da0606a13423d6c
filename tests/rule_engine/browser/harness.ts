// Answers lines of JSON with lines of JSON: for the tests that compare the back ends.
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { contextOf, received, sent } from "../../../designer_ui/src/feel/exchange";
import type { Shown } from "../../../designer_ui/src/feel/exchange";
import { condition } from "../../../designer_ui/src/feel/form";
import { decision, Unsupported, WHOLE, whole } from "../../../designer_ui/src/feel/index";
import { readMoment } from "../../../designer_ui/src/feel/temporal";
import type { Document } from "../../../designer_ui/src/feel/tree";
import type { Context } from "../../../designer_ui/src/feel/values";
import { read } from "../../../designer_ui/src/live/read";
import type { Reading } from "../../../designer_ui/src/live/read";
import { say, settled } from "../../../designer_ui/src/live/say";
import type { Result, Words } from "../../../designer_ui/src/live/say";

interface Ask {
  readonly op: "expression" | "form" | "decision" | "functions" | "speed" | "controls" | "results";
  readonly document: Document;
  readonly cases: readonly Entries[];
  readonly now: string;
  readonly parameters: Entries;
}
type Entries = readonly { readonly name: string; readonly value: Shown }[];

function answer(ask: Ask): unknown {
  if (ask.op === "functions") {
    const all = Object.values(WHOLE.functions);
    return { functions: all.map((known) => [known?.name, known?.text, known?.mayBeNull, known?.wide]), nodes: Object.keys(WHOLE.makers) };
  }
  // Pages: what stands in controls as values, results of formulas as sentences.
  if (ask.op === "controls") {
    const posts = ask.document as unknown as readonly { how: Reading; typed: readonly [string, string][] }[];
    return posts.map(({ how, typed }) => {
      const given = new FormData();
      for (const [name, text] of typed) given.append(name, text);
      return sent(read(how, "f", given));
    });
  }
  if (ask.op === "results") {
    const all = ask.document as unknown as readonly { value: Shown; result: Result; words: Words }[];
    return all.map(({ value, result, words }) => say(settled(received(value), result), result, words));
  }
  const now = readMoment(ask.now);
  if (!now) throw new Error("now");
  const world = { now, parameters: contextOf(ask.parameters) };
  const { expression } = ask.document;
  const inputs = ask.cases.map(contextOf);
  if (ask.op === "decision") {
    const compiled = decision(ask.document);
    return inputs.map((given) =>
      guarded(() => {
        const found = compiled.judge(given, world);
        return { ...found, outputs: sent(found.outputs), value: sent(compiled.value(given, world)) };
      }),
    );
  }
  if (!expression) throw new Error("expression");
  const compiled = ask.op === "expression" ? whole(expression) : condition(expression);
  if (ask.op === "speed") return speed((given) => compiled.judge(given, world), inputs);
  return inputs.map((given) =>
    guarded(() => ({ value: sent(compiled.value(given, world)), ...compiled.judge(given, world) })),
  );
}

function guarded(act: () => unknown): unknown {
  try {
    return act();
  } catch (refused) {
    if (refused instanceof Unsupported) return { unsupported: refused.message };
    throw refused;
  }
}

// Microseconds for one condition, the best of several rounds.
function speed(judge: (given: Context) => unknown, inputs: readonly Context[]): { microseconds: number } {
  let best = Infinity;
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    for (let i = 0; i < 20_000; i++) judge(inputs[i % inputs.length] as Context);
    best = Math.min(best, ((performance.now() - start) * 1000) / 20_000);
  }
  return { microseconds: best };
}

createInterface({ input: process.stdin }).on("line", (line) => {
  try {
    process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as Ask))}\n`);
  } catch (failure) {
    process.stdout.write(`${JSON.stringify({ failure: String((failure as Error).stack) })}\n`);
  }
});
