// A condition as rows that one chooses from lists; what rows cannot show is read as a sentence.
import { type Clause, type Group, type Rule, type Word, readRule, typeRule, writeRule } from "./api";
import { area, button, choose, field, text } from "./controls";
import { el } from "./dom";
import { type Key, say } from "./words";

const OPERATORS: Record<string, readonly string[]> = {
  number: ["at_least", "at_most", "more", "less", "equal", "not_equal", "filled"],
  string: ["equal", "not_equal", "contains", "filled", "empty"],
  boolean: ["yes", "no"],
  date: ["at_least", "at_most", "filled"],
  "list<string>": ["includes", "excludes", "filled"],
};
const BARE = new Set(["yes", "no", "filled", "empty"]);

export const usable = (words: Word[]): Word[] =>
  words.filter((each) => each.type in OPERATORS && !each.id.startsWith("parameters."));

const isGroup = (item: Clause | Group): item is Group => "join" in item;

export function rows(
  app: string,
  that: string,
  words: Word[],
  changed: (that: string) => void,
): HTMLElement {
  const box = el("div", { class: "rows" });
  const sentence = el("p", { class: "rows__said" });
  const wrong = el("p", { class: "field__error", hidden: "" });
  const list = usable(words);
  let asked = 0;

  const said = (rule: Rule): void => {
    const trouble = rule.problems.map((each) => each.message).join(" ");
    sentence.textContent = rule.sentence ? say("rule_reads", { sentence: rule.sentence }) : "";
    wrong.textContent = trouble;
    wrong.hidden = !trouble;
  };

  const send = async (group: Group): Promise<void> => {
    const turn = ++asked;
    if (!group.items.length) {
      changed("");
      sentence.textContent = "";
      return;
    }
    try {
      const rule = await writeRule(app, group);
      if (turn !== asked) return;
      said(rule);
      changed(rule.that);
    } catch (error) {
      if (turn !== asked) return;
      wrong.textContent = (error as Error).message;
      wrong.hidden = false;
    }
  };

  const draw = (group: Group): void => {
    const lines = group.items.map((item, index) => line(group, item as Clause, index));
    const join = choose(group.join, [["all", say("join_all")], ["any", say("join_any")]], (value) => {
      group.join = value as "all" | "any";
      void send(group);
    });
    join.setAttribute("aria-label", say("join"));
    const add = button(say("row_add"), () => {
      const first = list[0];
      if (!first) return;
      group.items.push(clause(first));
      draw(group);
      void send(group);
    });
    add.disabled = !list.length;
    box.replaceChildren(...(group.items.length > 1 ? [join] : []), ...lines, add);
  };

  const clause = (word: Word): Clause => {
    const operator = OPERATORS[word.type]?.[0] ?? "filled";
    const start = word.options[0]?.code ?? (word.type === "number" ? "0" : "");
    return { input: word.id, operator, operands: BARE.has(operator) ? [] : [{ source: "value", text: start }] };
  };

  const line = (group: Group, item: Clause, index: number): HTMLElement => {
    const word = words.find((each) => each.id === item.input);
    const input = choose(item.input, list.map((each) => [each.id, each.label] as const), (value) => {
      const next = words.find((each) => each.id === value);
      if (next) group.items[index] = clause(next);
      draw(group);
      void send(group);
    });
    const usual = OPERATORS[word?.type ?? ""] ?? [];
    const kinds = usual.includes(item.operator) ? usual : [...usual, item.operator];
    const operator = choose(item.operator, kinds.map((each) => [each, say(`op_${each}` as Key)] as const), (value) => {
      item.operator = value;
      item.operands = BARE.has(value) ? [] : item.operands.length ? item.operands : [{ source: "value", text: "" }];
      draw(group);
      void send(group);
    });
    input.setAttribute("aria-label", say("row_what"));
    operator.setAttribute("aria-label", say("row_how"));
    const away = button(say("remove"), () => {
      group.items.splice(index, 1);
      draw(group);
      void send(group);
    }, "btn--bare");
    return el("div", { class: "rows__line" }, input, operator, ...value(group, item, word), away);
  };

  const value = (group: Group, item: Clause, word: Word | undefined): HTMLElement[] => {
    const operand = item.operands[0];
    if (BARE.has(item.operator) || !operand) return [];
    const parameters = words.filter((each) => each.id.startsWith("parameters.") && each.type === word?.type);
    if (operand.source === "input" || operand.source === "today") return [];
    if (word?.options.length) {
      const pick = choose(operand.text, word.options.map((each) => [each.code, each.label] as const), (chosen) => {
        operand.text = chosen;
        void send(group);
      });
      pick.setAttribute("aria-label", say("row_value"));
      return [pick];
    }
    const typed = text(operand.source === "value" ? operand.text : "", (next) => {
      operand.text = next.trim();
      if (operand.text) void send(group);
    }, { type: word?.type === "date" ? "date" : "text", inputmode: word?.type === "number" ? "decimal" : "text" });
    typed.setAttribute("aria-label", say("row_value"));
    const unit = word?.unit ? [el("span", { class: "meta" }, word.unit)] : [];
    if (!parameters.length) return [typed, ...unit];
    const source = choose(
      operand.source === "parameter" ? operand.text : "",
      [["", say("row_own")], ...parameters.map((each) => [each.id.slice("parameters.".length), each.label] as const)],
      (chosen) => {
        operand.source = chosen ? "parameter" : "value";
        operand.text = chosen || "0";
        draw(group);
        void send(group);
      },
    );
    source.setAttribute("aria-label", say("row_source"));
    return operand.source === "parameter" ? [source] : [source, typed, ...unit];
  };

  // What lines cannot show is typed as a formula in the words of the form.
  const formula = (rule: Rule): HTMLElement => {
    const typed = area(rule.words, (next) => {
      const turn = ++asked;
      window.setTimeout(() => {
        if (turn === asked) void typeRule(app, next).then((read) => {
          if (turn !== asked) return;
          said(read);
          if (!read.problems.length) changed(read.that);
        }, (error: Error) => {
          wrong.textContent = error.message;
          wrong.hidden = false;
        });
      }, 400);
    }, 3);
    return field(say("rows_formula"), typed, say("rows_cannot"));
  };

  if (!that.trim()) draw({ join: "all", negated: false, items: [] });
  else
    void readRule(app, that).then(
      (rule) => {
        said(rule);
        const plain = rule.group && !rule.group.negated && rule.group.items.every(
          (item) => !isGroup(item) && item.operands.length < 2 && item.operands.every((each) => each.source === "value" || each.source === "parameter"),
        );
        if (plain && rule.group) draw(rule.group);
        else box.replaceChildren(formula(rule));
      },
      (error: Error) => box.replaceChildren(el("p", { class: "meta" }, error.message)),
    );
  return el("div", {}, box, wrong, sentence);
}
