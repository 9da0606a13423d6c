// `gcrm.tree/1`: the typed tree as the server writes it (rule_engine/tree_json.py).
// Trees of another compiler are refused: the server's page is then followed without script.
export const COMPILER = "1";

export interface TypeTree {
  readonly name: string;
  readonly arguments?: readonly TypeTree[];
  readonly names?: readonly string[];
  readonly result?: TypeTree | null;
  // Unary tests that a value of the type must pass, the outermost first.
  readonly allowed?: readonly Node[];
}

export interface IteratorTree {
  readonly name: string;
  readonly source: Node;
  readonly end?: Node;
}

export type Node =
  | { readonly kind: "number"; readonly value: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "at"; readonly type: string; readonly text: string }
  | { readonly kind: "name"; readonly name: string; readonly input?: true; readonly root?: string }
  | { readonly kind: "parameters" }
  | { readonly kind: "path"; readonly base: Node; readonly member: string; readonly root?: string }
  | { readonly kind: "negation"; readonly operand: Node }
  | { readonly kind: "arithmetic"; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "comparison"; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "logical"; readonly operator: "and" | "or"; readonly operands: readonly Node[] }
  | { readonly kind: "between"; readonly value: Node; readonly low: Node; readonly high: Node }
  | { readonly kind: "test"; readonly operator: string; readonly operand: Node }
  | { readonly kind: "membership"; readonly value: Node; readonly tests: readonly Node[] }
  | { readonly kind: "unary_tests"; readonly tests: readonly Node[]; readonly negated?: true }
  | {
      readonly kind: "range";
      readonly low: Node;
      readonly high: Node;
      readonly low_closed: boolean;
      readonly high_closed: boolean;
    }
  | { readonly kind: "if"; readonly condition: Node; readonly yes: Node; readonly no: Node }
  | {
      readonly kind: "call";
      readonly function: string;
      // The signatures that fit the call's shape, and where each argument goes.
      readonly shapes: readonly (readonly [number, readonly number[]])[];
      readonly arguments: readonly Node[];
    }
  | { readonly kind: "for"; readonly iterators: readonly IteratorTree[]; readonly body: Node }
  | {
      readonly kind: "quantified";
      readonly quantifier: "some" | "every";
      readonly iterators: readonly IteratorTree[];
      readonly condition: Node;
    }
  | { readonly kind: "filter"; readonly base: Node; readonly condition: Node }
  | {
      readonly kind: "function";
      readonly parameters: readonly { readonly name: string; readonly type?: TypeTree }[];
      readonly body: Node;
    }
  | {
      readonly kind: "invoke";
      readonly target: Node;
      readonly names: readonly (string | null)[];
      readonly arguments: readonly Node[];
    }
  | { readonly kind: "context"; readonly entries: readonly { readonly key: string; readonly value: Node }[] }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "instance_of"; readonly value: Node; readonly type: TypeTree | null }
  | { readonly kind: "typed"; readonly value: Node; readonly type: TypeTree }
  | { readonly kind: "table"; readonly table: Table };

export interface Table {
  readonly hit_policy: string;
  readonly aggregation: string;
  readonly inputs: readonly { readonly expression: Node; readonly allowed?: Node }[];
  readonly outputs: readonly { readonly id: string; readonly choices?: readonly Node[]; readonly default?: Node }[];
  // A test that is null lets any value pass.
  readonly rows: readonly {
    readonly id: string;
    readonly tests: readonly (Node | null)[];
    readonly outputs: readonly Node[];
  }[];
}

export interface Document {
  readonly format: "gcrm.tree/1";
  readonly compiler: string;
  readonly inputs: readonly { readonly id: string; readonly type: string }[];
  readonly expression?: Node;
  readonly steps?: readonly { readonly id: string; readonly expression?: Node; readonly table?: Table }[];
  readonly conditions?: readonly { readonly id: string; readonly that: Node }[];
  // What the fields of a page hang on, in the order in which they are settled.
  readonly fields?: readonly {
    readonly id: string;
    readonly visible_when?: Node;
    readonly value?: Node;
    readonly required_when?: Node;
    readonly checks?: readonly { readonly id: string; readonly that: Node }[];
  }[];
}
