"""Writes what a comparison taught into the plans' pages and the guide's table."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from analysis.comparison import Comparison, Effect
from analysis.verdict import ALWAYS, Judged
from analysis.wording import outcome_name, signed, unit_of_difference
from sim.records.comparison import ComparedPlan
from sim.records.dictionary import OUTCOMES

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
_PAGE = "## What it taught\n"
_TABLE = re.compile(r"^\| plan \| null \|.*?(?=\n\n)", re.MULTILINE | re.DOTALL)
_NULLS = {"own": "own", "baseline": "the baseline", "plan": "the plan itself"}


def write(comparison: Comparison, command: str) -> list[Path]:
    """Write both; return the files that were written."""
    written = []
    for plan in comparison.plans:
        path = SCENARIOS / "plans" / f"{plan.name}.md"
        if path.is_file():
            head, _, _ = path.read_text(encoding="utf-8").partition(_PAGE)
            path.write_text(head + _PAGE + "\n" + page(comparison, plan, command), encoding="utf-8")
            written.append(path)
    guide = SCENARIOS / "README.md"
    text, count = _TABLE.subn(lambda _: table(comparison), guide.read_text(encoding="utf-8"))
    if count == 1:
        guide.write_text(text, encoding="utf-8")
        written.append(guide)
    return written


def page(comparison: Comparison, plan: ComparedPlan, command: str) -> str:
    """Return what a comparison taught of a plan: levels, parts, what is cooperation, verdict."""
    verdict = comparison.verdict(plan.name)
    pairs = comparison.folder.manifest["replicates"]
    parts = [
        _filled(
            f"Compared over {pairs} pairs of runs (`{command}`). Verdict: **{verdict.word}**. With "
            "the interval of chance and assumptions, first the primary outcomes, named before the "
            "runs:"
        ),
        "\n".join(_filled(f"- {row.levels()};", "  ") for row in _shown(comparison, plan.name)),
    ]
    if plan.null_is == "own":
        parts.append("\n".join(_parted(comparison, plan.name)))
    parts += [_filled(comparison.against_null(plan.name)), _filled(verdict.sentence)]
    return "\n\n".join(parts) + "\n"


def table(comparison: Comparison) -> str:
    """Return the changes of all plans as a table, and what cannot be told from a null."""
    columns = [(p.outcome, p.subject) for p in comparison.primary] + [
        ("returned_outside_procedure", "all")
    ]
    units = [unit_of_difference(OUTCOMES[name].unit) for name, _ in columns]
    heads = [outcome_name(*c) if c[0] == u else f"{outcome_name(*c)}, {u}"
             for c, u in zip(columns, units, strict=True)]  # fmt: skip
    lines = [
        " | ".join(["| plan", "null", "verdict", *heads, "cooperation (plan less null) |"]),
        "| --- " * (len(heads) + 4) + "|",
    ]
    for plan in comparison.plans:
        changes = [_change(comparison.effect(plan.name, "whole", *c)) for c in columns]
        lines.append(" | ".join([
            f"| `{plan.name}`", _NULLS.get(plan.null_is, plan.null_is),
            comparison.verdict(plan.name).word, *changes, f"{_cooperation(comparison, plan)} |",
        ]))  # fmt: skip
    return "\n".join(lines)


def _shown(comparison: Comparison, plan: str) -> list[Judged]:
    """Return the primary outcomes, and those that every verdict names."""
    rows, named = comparison.listed(plan)[0], len(comparison.primary)
    return rows[:named] + [row for row in rows[named:] if row.outcome.name in ALWAYS]


def _parted(comparison: Comparison, plan: str) -> Iterator[str]:
    """Yield a table of the parts of each change."""
    yield "| outcome | added officers (null less baseline) | cooperation (plan less null) |"
    yield "| --- | --- | --- |"
    parts = [comparison.judged(plan, effect)[0] for effect in ("officers", "cooperation")]
    for one, other in zip(*parts, strict=True):
        yield f"| {one.name} | {one.change()} | {other.change()} |"


def _change(row: Effect | None) -> str:
    """Return the change in short, with a star where its second interval excludes 0."""
    if row is None or not row.result.pairs:
        return "not recorded"
    bounds = row.result.total
    told = bounds is not None and not bounds[0] <= 0 <= bounds[1]
    return signed(row.result.difference, OUTCOMES[row.outcome].unit) + (" *" if told else "")


def _cooperation(comparison: Comparison, plan: ComparedPlan) -> str:
    """Return which primary outcomes cooperation moves, and if none, that it cannot be told."""
    if plan.null_is != "own":
        return "all of it" if plan.null_is == "baseline" else "none of it"
    told = comparison.moved_by_cooperation(plan.name)
    changes = "; ".join(f"{row.name} {row.change()}" for row in told)
    return changes or "cannot be told from the null"


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
