// The interpreter against the same condition by hand, side by side: `gcrm bench rules` runs it.
import { performance } from "node:perf_hooks";
import { orderDecimals, readDecimal } from "../src/feel/decimal";
import type { Decimal } from "../src/feel/decimal";
import { condition, readMoment } from "../src/feel/form";
import type { Document } from "../src/feel/tree";
import type { Context } from "../src/feel/values";

const CALLS = 20_000;
const ROUNDS = 9;
const document = JSON.parse(process.argv[2] ?? "{}") as Document;
const now = readMoment("2026-01-01T00:00:00Z");
if (!document.expression || !now) throw new Error("expression");
const compiled = condition(document.expression);
const world = { now, parameters: new Map() };
const kinds = ["yiban", "dibao", "qita"];
const people: Context[] = Array.from({ length: 100 }, (_, i) => {
  const income = readDecimal(String(1000 + i * 41));
  return new Map([
    ["age", readDecimal(String(60 + (i % 40)))],
    ["income", income],
    ["kind", kinds[i % 3] ?? ""],
  ]);
});
const [eighty, most] = [readDecimal("80"), readDecimal("3000")] as [Decimal, Decimal];

function byHand(person: Context): boolean {
  const [age, income] = [person.get("age"), person.get("income")] as [Decimal, Decimal];
  return orderDecimals(age, eighty) >= 0 && orderDecimals(income, most) <= 0 && person.get("kind") !== "qita";
}

const lanes: Record<string, (person: Context) => unknown> = {
  hand: byHand,
  value: (person) => compiled.value(person, world),
  judge: (person) => compiled.judge(person, world),
};
for (const person of people) {
  const same = compiled.value(person, world) === byHand(person) && (compiled.judge(person, world).verdict === "pass") === byHand(person);
  if (!same) throw new Error("The interpreter and the condition by hand differ.");
}
const best: Record<string, number> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, call] of Object.entries(lanes)) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) call(people[i % people.length] as Context);
    best[name] = Math.min(best[name] ?? Infinity, ((performance.now() - start) * 1000) / CALLS);
  }
}
process.stdout.write(JSON.stringify({ ...best, same: people.length, node: process.versions.node }));
