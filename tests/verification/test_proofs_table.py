"""The table of proofs is whole: every proof of MODEL has a test, every test its standard error."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.verification.proof import PROOFS, rows
from tests.verification.write_proofs import COLUMNS, key

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
ID = re.compile(r"\d+[a-z]?\.\d+")

#: What MODEL 4-7 asks to prove: the id that proves it, and words its claim must hold.
REQUIRED = {
    "4.1": "equal to enumerated multinomial logit",
    "4.3": "0.6652, 0.2447, 0.0900",
    "4.5": "cloning a network halves",
    "4.6": "share unchanged as theta -> 0",
    "4.13": "constant p gives belief p",
    "4.15": "half-life and delay",
    "4.20": "routes swing",
    "5.1": "T^-1/2",
    "5.2": "value of the inspection game",
    "5.3": "detection .9",
    "5.4": "detection .6",
    "5.5": "detection .3",
    "5a.1": "Erlang B 0.210526",
    "5a.2": "officers on the books",
    "5a.11": "Erlang B",
    "6.1": "0.3935",
    "6.2": "0.6321",
    "6.3": "0.8647",
    "6.4": "C/4",
    "6.6": "between random search and min(1, C)",
    "6.8": "between random search and min(1, C)",
    "7.1": "4.000000",
    "7.2": "1.285714",
    "7.3": "2.723537",
    "7.4": "0.554113",
    "7.5": "0.668732",
    "7.6": "0.275385",
    "7.7": "0.203847",
    "7.9": "Little's law on every queue",
    "7.10": "Pollaczek-Khinchine",
    "7.12": "Zero staff",
    "7.13": "Erlang A",
    "7.18": "mean wait over 20 two-peak days",
    "7.19": "95th percentile",
}
#: Refusals that MODEL 4-7 asks for, which have no statistic.
REFUSALS = (
    "tests/verification/test_route_choice.py::test_radius_of_one_or_more_is_refused_by_name",
    "tests/verification/test_route_choice.py::test_underflow_is_refused_by_name",
    "tests/verification/test_rosters.py::test_three_officers_cannot_staff_a_desk_all_week",
)
#: Tests of identities that compare with a tolerance outside of ``prove``, and why they may.
EXACT = {
    "test_beliefs.py::test_news_of_all_alike_is_heard_alike_whatever_the_mixing": "rounding",
    "test_drawing.py::test_shares_after_a_stop_still_add_up_and_stays_fit_their_legs": "rounding",
    "test_paired_statistics.py::test_a_coincidence_of_few_counts_makes_no_certainty": "rounding",
    "test_paired_statistics.py::test_draws_that_move_both_sides_alike_are_in_the_first_ratio_only": "rounding",  # noqa: E501
    "test_paired_statistics.py::test_fieller_of_a_sure_divisor_is_the_interval_divided": "rounding",
    "test_paired_statistics.py::test_holm_goes_step_by_step_and_never_falls": "rounding",
    "test_paired_statistics.py::test_intervals_cover_the_truth_as_often_as_they_say": (
        "three standard errors of a share, in the assert"
    ),
    "test_paired_statistics.py::test_intervals_of_a_hand_worked_table": "rounding",
    "test_paired_statistics.py::test_quantiles_of_student_are_those_of_the_tables": (
        "printed tables, to their last digit"
    ),
    "test_paired_statistics.py::test_student_has_its_closed_forms": "rounding",
    "test_paired_statistics.py::test_the_displacement_quotient_of_bowers_and_johnson": "rounding",
    "test_paired_statistics.py::test_the_series_of_large_degrees_agrees_with_the_integral": (
        "two formulas of one quantity"
    ),
    "test_paired_statistics.py::test_the_variance_ratio_is_one_over_one_less_the_correlation": (
        "three standard errors of a log ratio of variances, in the assert"
    ),
    "test_paired_statistics.py::test_wilson_is_newcombes": "rounding",
    "test_protection.py::test_winter_is_three_civil_months": "rounding",
    "test_queues.py::test_erlang_a_has_erlang_b_and_c_at_its_ends": "two formulas at their limits",
    "test_rosters.py::test_a_posting_with_hours_serves_only_its_span": "whole officers, no draw",
    "test_rosters.py::test_officers_are_conserved_when_a_measure_moves_them": "whole officers",
    "test_rosters.py::test_rest_bounds_the_week": "rounding",
}


@dataclass
class Function:
    """A test function, or a helper of tests.

    Attributes:
        literal: Ids it proves by name.
        called: Whether it calls ``prove`` at all, and with an id that it is handed.
        unbacked: Lines of ``prove`` calls with neither a standard error nor a tolerance.
        tolerant: Lines of asserts that compare with a tolerance of their own.
    """

    literal: set[str] = field(default_factory=set)
    called: bool = False
    handed: bool = False
    unbacked: list[int] = field(default_factory=list)
    tolerant: list[int] = field(default_factory=list)


@dataclass
class Module:
    """A file of tests: its functions by name, and every text in it that looks like an id."""

    functions: dict[str, Function]
    mentioned: set[str]


@cache
def modules() -> dict[str, Module]:
    """Return the files of tests by path from the root."""
    found = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        if file != Path(__file__):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            name = file.relative_to(ROOT).as_posix()
            found[name] = Module(dict(_functions(tree)), set(_mentioned(tree)))
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, _function(node)


def _function(node: ast.FunctionDef) -> Function:
    function = Function()
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and getattr(part.func, "id", "") == "prove":
            function.called = True
            first = part.args[0]
            if isinstance(first, ast.Constant):
                function.literal.add(str(first.value))
            else:
                function.handed = True
            if _is_zero(_standard_error(part)) and not _given(part, "absolute", 5):
                function.unbacked.append(part.lineno)
        if isinstance(part, ast.Assert) and any(map(_is_tolerance, ast.walk(part.test))):
            function.tolerant.append(part.lineno)
    return function


def _standard_error(call: ast.Call) -> ast.expr | None:
    if len(call.args) > 3:
        return call.args[3]
    return next((k.value for k in call.keywords if k.arg == "standard_error"), None)


def _given(call: ast.Call, name: str, position: int) -> bool:
    return len(call.args) > position or any(k.arg == name for k in call.keywords)


def _is_zero(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value == 0)


def _is_tolerance(node: ast.AST) -> bool:
    """Return whether a part of an assert compares within a tolerance: approx, isclose, |x| < y."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return name in ("approx", "isclose", "allclose", "assert_allclose")
    if isinstance(node, ast.Compare) and isinstance(node.left, ast.Call):
        name = getattr(node.left.func, "attr", getattr(node.left.func, "id", ""))
        return name == "abs" and isinstance(node.ops[0], ast.Lt | ast.LtE)
    return False


def _mentioned(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and ID.fullmatch(text):
            yield text


def place(row: dict[str, str]) -> tuple[str, str]:
    path, _, name = row["test"].partition("::")
    return path, name


def test_there_is_one_table() -> None:
    fragments = sorted(p.name for p in PROOFS.parent.glob("proofs_*.csv"))
    assert not fragments, (
        f"merge the rows of {', '.join(fragments)} into {PROOFS.name}, run "
        f"`python -m tests.verification.write_proofs`, and delete the fragment"
    )


def test_rows_are_complete_and_in_order() -> None:
    with PROOFS.open(encoding="utf-8") as file:
        assert file.readline().strip() == ",".join(COLUMNS)
    ids = [row["id"] for row in rows()]
    assert len(set(ids)) == len(ids), "an id stands twice"
    assert rows() == sorted(rows(), key=key)
    for row in rows():
        assert all(row[name] for name in COLUMNS), row["id"]
        assert ID.fullmatch(row["id"]), row["id"]
        assert row["id"].partition(".")[0] == row["section"], row["id"]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_a_proof_has_a_test_that_proves_it(row: dict[str, str]) -> None:
    path, name = place(row)
    assert path in modules(), f"{path} is no file of tests"
    module = modules()[path]
    assert name in module.functions, f"{path} has no test {name}"
    function = module.functions[name]
    assert function.called, f"{name} asserts without prove()"
    assert row["id"] in function.literal or (function.handed and row["id"] in module.mentioned)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_figures_are_numbers_within_their_tolerance(row: dict[str, str]) -> None:
    statistic, error, tolerance = (
        float(row[name]) for name in ("statistic", "standard_error", "tolerance")
    )
    assert math.isfinite(statistic)
    assert error >= 0, "0 for an identity, else the standard error"
    assert tolerance > 0
    if error:
        # At most 4 standard errors, or a percentage that MODEL states.
        stated = row["id"] in ("7.18", "7.19")
        assert stated or tolerance <= 4.05 * error


def test_every_id_proven_is_in_the_table() -> None:
    table = {row["id"] for row in rows()}
    for path, module in modules().items():
        literal = set().union(*(f.literal for f in module.functions.values()))
        assert literal <= table, f"{path} proves {sorted(literal - table)}: add the rows"
        if any(f.handed for f in module.functions.values()):
            assert module.mentioned <= table, (
                f"{path} proves {sorted(module.mentioned - table)}: add the rows"
            )


@pytest.mark.parametrize("proof", REQUIRED)
def test_every_proof_that_model_4_to_7_asks_for_is_there(proof: str) -> None:
    claims = {row["id"]: row["claim"] for row in rows()}
    assert proof in claims, f"MODEL asks for a proof of: {REQUIRED[proof]}"
    assert REQUIRED[proof] in claims[proof]


@pytest.mark.parametrize("test", REFUSALS)
def test_every_refusal_that_model_4_to_7_asks_for_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in modules()[path].functions


def test_no_proof_goes_without_standard_error_or_stated_tolerance() -> None:
    for path, module in modules().items():
        for name, function in module.functions.items():
            assert not function.unbacked, f"{path}::{name}, lines {function.unbacked}"


def test_verification_compares_within_a_tolerance_through_prove_alone() -> None:
    """A sampled number may not be held against theory without its standard error."""
    found = set()
    for path, module in modules().items():
        if path.startswith("tests/verification/"):
            for name, function in module.functions.items():
                if function.tolerant and not function.called:
                    found.add(f"{Path(path).name}::{name}")
    assert found == set(EXACT), "assert through prove(), or say under EXACT why not"
