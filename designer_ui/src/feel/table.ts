// Decision tables: hit policies and aggregation over compiled cells (DMN 1.5, 8.2.10).
import { calculate } from "./arithmetic";
import { compare, equal } from "./compare";
import { compile } from "./compile";
import type { Closure, Compile } from "./compile";
import { ofInt } from "./decimal";
import type { Run, Scope } from "./running";
import type { Table } from "./tree";
import { Unknown, unknownOf } from "./values";
import type { Value } from "./values";

interface Row {
  readonly id: string;
  readonly tests: readonly (Closure | null)[];
  readonly outputs: readonly Closure[];
}

export interface CompiledTable {
  readonly policy: string;
  readonly aggregation: string;
  readonly columns: readonly { readonly subject: Closure; readonly allowed: Closure | null }[];
  readonly names: readonly string[];
  readonly choices: readonly (readonly Closure[])[];
  readonly defaults: readonly (Closure | null)[];
  readonly rows: readonly Row[];
}

// `unknown` where missing inputs could change the value, `code` where the table fails.
export interface TableResult {
  readonly value: Value;
  readonly rows: readonly string[];
  readonly unknown: Unknown | null;
  readonly code: string;
}

interface Hit {
  readonly row: Row;
  readonly unknown: Unknown | null;
}

const result = (value: Value, hits: readonly Hit[] = [], unknown: Unknown | null = null, code = ""): TableResult => ({
  value,
  rows: hits.map((hit) => hit.row.id),
  unknown,
  code,
});

export function tableOf(by: Compile, table: Table): CompiledTable {
  const all = (nodes: Table["rows"][number]["outputs"]): Closure[] => nodes.map((node) => compile(by, node));
  return {
    policy: table.hit_policy,
    aggregation: table.aggregation,
    columns: table.inputs.map((column) => ({
      subject: compile(by, column.expression),
      allowed: column.allowed ? compile(by, column.allowed) : null,
    })),
    names: table.outputs.map((output) => output.id),
    choices: table.outputs.map((output) => all(output.choices ?? [])),
    defaults: table.outputs.map((output) => (output.default ? compile(by, output.default) : null)),
    rows: table.rows.map((row) => ({
      id: row.id,
      tests: row.tests.map((test) => test && compile(by, test)),
      outputs: all(row.outputs),
    })),
  };
}

export function decide(table: CompiledTable, run: Run, scope: Scope): TableResult {
  const subjects = table.columns.map((column) => column.subject(run, scope));
  const scopes = subjects.map((subject) => ({ values: new Map([["?", subject]]), outer: scope }));
  for (const [at, { allowed }] of table.columns.entries()) {
    const inner = scopes[at];
    if (!allowed || !inner || subjects[at] instanceof Unknown || allowed(run, inner) === true) continue;
    return result(run.error("decision_input_not_allowed"), [], null, "decision_input_not_allowed");
  }
  return new Policies(table, run, scope).join(hitsOf(table, run, scopes));
}

function hitsOf(table: CompiledTable, run: Run, scopes: readonly Scope[]): Hit[] {
  const hits: Hit[] = [];
  const isFirst = table.policy === "FIRST";
  next: for (const row of table.rows) {
    run.step();
    let unknown: Unknown | null = null;
    for (const [at, test] of row.tests.entries()) {
      const inner = scopes[at];
      if (!test || !inner) continue;
      const answer = test(run, inner);
      if (answer === true) continue;
      if (!(answer instanceof Unknown)) continue next;
      unknown = unknownOf(unknown, answer);
    }
    hits.push({ row, unknown });
    if (isFirst && !unknown) break;
  }
  return hits;
}

const sureOf = (hits: readonly Hit[]): Hit[] => hits.filter((hit) => !hit.unknown);
const doubtOf = (hits: readonly Hit[]): Unknown | null => unknownOf(...hits.map((hit) => hit.unknown));

class Policies {
  constructor(
    private readonly table: CompiledTable,
    private readonly run: Run,
    private readonly scope: Scope,
  ) {}

  join(hits: Hit[]): TableResult {
    switch (this.table.policy) {
      case "UNIQUE":
        return this.unique(hits);
      case "ANY":
        return this.any(hits);
      case "FIRST":
        return this.first(hits);
      case "PRIORITY":
        return this.priority(hits);
      case "COLLECT":
        return this.collect(hits);
      case "OUTPUT ORDER":
        return this.ruleOrder(this.ranked(hits));
    }
    return this.ruleOrder(hits);
  }

  private shaped(values: readonly Value[]): Value {
    const { names } = this.table;
    return names.length === 1 ? (values[0] ?? null) : new Map(names.map((name, at) => [name, values[at] ?? null]));
  }

  private outputs(hit: Hit): Value {
    const values = hit.row.outputs.map((output) => output(this.run, this.scope));
    return unknownOf(...values) ?? this.shaped(values);
  }

  private one(hit: Hit): TableResult {
    const value = this.outputs(hit);
    return value instanceof Unknown ? result(null, [hit], value) : result(value, [hit]);
  }

  private none(doubt: Unknown | null): TableResult {
    if (doubt) return result(null, [], doubt);
    const { defaults } = this.table;
    if (!defaults.some(Boolean)) return result(null, [], null, "decision_no_row");
    return result(this.shaped(defaults.map((choice) => choice && choice(this.run, this.scope))));
  }

  private unique(hits: Hit[]): TableResult {
    const sure = sureOf(hits);
    if (sure.length > 1) return this.violated("decision_unique_violated", sure);
    return sure[0] ? this.one(sure[0]) : this.none(doubtOf(hits));
  }

  private violated(code: string, hits: Hit[]): TableResult {
    return result(this.run.error(code), hits, null, code);
  }

  private any(hits: Hit[]): TableResult {
    const sure = sureOf(hits);
    if (!sure.length) return this.none(doubtOf(hits));
    const values = sure.map((hit) => this.outputs(hit));
    const unknown = unknownOf(...values);
    if (unknown) return result(null, sure, unknown);
    const first = values[0] ?? null;
    if (values.slice(1).some((value) => equal(value, first) !== true)) return this.violated("decision_any_violated", sure);
    return result(first, sure);
  }

  private first(hits: Hit[]): TableResult {
    const last = hits[hits.length - 1];
    const doubt = doubtOf(hits);
    if (!last || last.unknown) return this.none(doubt);
    const found = this.one(last);
    if (!doubt || found.unknown) return found;
    const others = hits.slice(0, -1).map((hit) => this.outputs(hit));
    const agree = others.every((other) => equal(other, found.value) === true);
    return agree ? result(found.value) : result(null, [], doubt);
  }

  private rank(hit: Hit): number[] {
    return hit.row.outputs.slice(0, this.table.choices.length).map((output, column) => {
      const value = output(this.run, this.scope);
      const choices = this.table.choices[column] ?? [];
      const at = choices.findIndex((choice) => equal(choice(this.run, this.scope), value) === true);
      return at < 0 ? choices.length : at;
    });
  }

  private ranked(hits: Hit[]): Hit[] {
    return hits
      .map((hit) => ({ hit, rank: this.rank(hit) }))
      .sort((a, b) => order(a.rank, b.rank))
      .map(({ hit }) => hit);
  }

  private priority(hits: Hit[]): TableResult {
    const best = this.ranked(sureOf(hits))[0];
    if (!best) return this.none(doubtOf(hits));
    const rank = this.rank(best);
    const rivals = hits.filter((hit) => hit.unknown && order(this.rank(hit), rank) < 0);
    return rivals.length ? result(null, [], doubtOf(rivals)) : this.one(best);
  }

  private ruleOrder(hits: Hit[]): TableResult {
    if (!hits.length && this.table.defaults.some(Boolean)) return this.none(null);
    const doubt = doubtOf(hits);
    if (doubt) return result(null, [], doubt);
    const values = hits.map((hit) => this.outputs(hit));
    const unknown = unknownOf(...values);
    return unknown ? result(null, hits, unknown) : result(values, hits);
  }

  private collect(hits: Hit[]): TableResult {
    const listed = this.ruleOrder(hits);
    const { aggregation, names } = this.table;
    const { value } = listed;
    if (!aggregation || listed.unknown || !Array.isArray(value)) return listed;
    if (aggregation === "count") return { ...listed, value: ofInt(value.length) };
    if (!value.length) return result(null, [], null, "decision_no_row");
    if (names.length === 1) return { ...listed, value: aggregated(aggregation, value) };
    const column = (name: string): Value[] => value.map((part) => (part instanceof Map ? (part.get(name) ?? null) : null));
    return { ...listed, value: new Map(names.map((name) => [name, aggregated(aggregation, column(name))])) };
  }
}

const order = (a: readonly number[], b: readonly number[]): number =>
  a.map((rank, at) => rank - (b[at] ?? 0)).find((difference) => difference !== 0) ?? 0;

function aggregated(kind: string, values: readonly Value[]): Value {
  const [start = null, ...others] = values;
  if (kind === "sum") return others.reduce((sum, value) => calculate("+", sum, value), start);
  let best = start;
  for (const value of others) {
    const found = compare(value, best);
    if (found === null) return null;
    if (found && found < 0 === (kind === "min")) best = value;
  }
  return best;
}
