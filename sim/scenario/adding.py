"""One more measure for a scenario that already runs: read and asked what a plan's are asked.

A plan is checked as a whole before a run. What a trigger, an inject or a player's decision adds
while the run goes on meets the same specs and the same questions, laid beside the measures that
are in force in the same hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sim.errors import Problem
from sim.scenario.checks import OF_SCENARIOS, Subject
from sim.scenario.measures import Measure
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tree import ASSUMED_BY_USER, Mark, Path, Rows, Tree
from sim.scenario.validation import Resolved, read_rows

#: The list that a measure added stands in, as in a plan.
_LIST = "measures"


def read_measure(
    row: Mapping[str, Any],
    since: date,
    until: date | None,
    mark: Mark | None = None,
    marks: Mapping[Path, Mark] | None = None,
) -> tuple[Measure | None, list[Problem]]:
    """Return a measure written as a plan's, and what is wrong with it; None where it is unsound.

    Args:
        row: Keys of the measure, ``id`` and ``kind`` among them, without ``from`` and ``until``.
        since: Civil day in which it begins.
        until: First civil day on which it is over, None for the end of the run.
        mark: Where it was written; without one it comes from the user at work.
        marks: Marks of the keys within the row, where it was written in a file.
    """
    name = str(row.get("id") or "unnamed")
    written = {k: v for k, v in row.items() if k not in ("from", "until")}
    written |= {"from": since.isoformat(), "until": None if until is None else until.isoformat()}
    if until is None:
        del written["until"]
    root = mark or Mark("", 0, ASSUMED_BY_USER, "assumed", "")
    tree = Tree({_LIST: Rows({name: written})}, {(): root})
    for path, at in (marks or {}).items():
        tree.marks[(_LIST, name, *path)] = at
    rows, problems = read_rows(tree, _LIST)
    problems = [_bare(p, name) for p in problems]
    if not rows or problems:
        return None, problems
    measure = rows[0]
    assert isinstance(measure, Measure)
    return measure, []


def problems_of(
    scenario: Scenario, measure: Measure, beside: Sequence[Measure] = (), mark: Mark | None = None
) -> list[Problem]:
    """Return why a measure cannot be carried out; empty where it can.

    Args:
        scenario: The scenario that runs.
        measure: The measure to add.
        beside: Measures in force while it is; those of the scenario that are not among them
            play no part.
        mark: Where it was written.
    """
    root = mark or Mark()
    # All of them hold at the moment asked about, whatever their days and conditions.
    now = {"since": measure.since, "until": measure.until, "when": None}
    others = (m.model_copy(update=now) for m in beside if m.id != measure.id)
    changed = scenario.model_copy(update={"history": (), "measures": (*others, measure)})
    subject = Subject(_as_resolved(changed, root))
    found = [p for question in OF_SCENARIOS for p in question(subject)]
    if not scenario.acts(measure):
        found.append(
            subject.problem(
                "switched-off",
                (_LIST, measure.id, "kind"),
                f"switches.{measure.switch} is off",
                "Switch it on, or order a measure of another kind.",
            )
        )
    twice = [m for m in beside if m.id == measure.id]
    if twice:
        found.append(
            subject.problem(
                "duplicate-id",
                (_LIST, measure.id),
                "a measure of this id is in force",
                "Give it another id.",
            )
        )
    return [_bare(p, measure.id) for p in found if _about(p, measure.id)]


def _as_resolved(scenario: Scenario, root: Mark) -> Resolved:
    lists = [k for k in type(scenario).model_fields if isinstance(getattr(scenario, k), tuple)]
    values: dict[str, Any] = {
        "parameters": dict(scenario.parameters),
        _LIST: Rows({m.id: _as_written(m) for m in scenario.measures}),
    }
    ids = {name: frozenset(_ids(getattr(scenario, name))) for name in lists}
    return Resolved(Tree(values, {(): root}), scenario, [], ids, frozenset())


def _ids(rows: Sequence[Any]) -> Iterator[str]:
    for row in rows:
        name = getattr(row, "id", None)
        if isinstance(name, str):
            yield name


def _as_written(measure: Measure) -> dict[str, Any]:
    return {**measure.model_dump(mode="json", by_alias=True), "at": list(measure.at)}


def _about(problem: Problem, name: str) -> bool:
    return problem.key.split(".")[:2] == [_LIST, name]


def _bare(problem: Problem, name: str) -> Problem:
    """Return the problem with the key as the user wrote it, within the measure."""
    parts = problem.key.split(".")
    key = ".".join(parts[2:]) if parts[:2] == [_LIST, name] else problem.key
    return Problem(
        problem.rule, problem.message, problem.remedy, problem.file, problem.line, key or name,
        problem.value,
    )  # fmt: skip
