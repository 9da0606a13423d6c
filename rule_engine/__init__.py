"""One expression language: FEEL text to a tree, decisions, verdicts that explain themselves."""

from rule_engine.compile_decision import compile_decision
from rule_engine.decision import CompiledVersion, Decision
from rule_engine.explain import Leaf
from rule_engine.expression import Expression, compile_expression, compile_unary_tests
from rule_engine.functions.known import FUNCTIONS
from rule_engine.judgement import DecisionJudgement, Finding
from rule_engine.running import EvaluationContext, Note, Result
from rule_engine.verdict import Judgement, Verdict

__all__ = [
    "FUNCTIONS",
    "CompiledVersion",
    "Decision",
    "DecisionJudgement",
    "EvaluationContext",
    "Expression",
    "Finding",
    "Judgement",
    "Leaf",
    "Note",
    "Result",
    "Verdict",
    "compile_decision",
    "compile_expression",
    "compile_unary_tests",
]
