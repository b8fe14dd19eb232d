"""What a plan is held against: its own baseline and its matched null (MODEL 9, 10, 16).

A plan's effect has two parts. *Added officers* is its matched null less the baseline; *cooperation*
is the plan less its null. In the null the same officers serve the same hours at the same places
as the host's own, without powers, desks or cross-border response.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.scenario.measures import Measure
from sim.scenario.specs.investigations import Investigation
from sim.scenario.specs.scenario import Scenario

#: Lists of a scenario that are cooperation: rows that only a plan brings are not in its null.
COOPERATION_LISTS = (
    "agreements", "centres", "desks", "request_kinds", "answer_clocks", "readmission",
)  # fmt: skip
#: Keys that name a scenario and change nothing in a run.
_NAMES = ("plan", "summary")


def own_baseline(baseline: Scenario, plan: Scenario) -> Scenario:
    """Return what a plan is held against: the baseline without the history the plan tells itself.

    A plan that removes a row of ``history`` and states a measure of the same id tells what did
    happen; it is held against the history without it. Any other row it removes is part of what
    the plan does, and stays in its baseline.
    """
    told = replaced_history(baseline, plan)
    if not told:
        return baseline
    kept = tuple(row for row in baseline.history if row.id not in told)
    return baseline.model_copy(update={"history": kept})


def replaced_history(baseline: Scenario, plan: Scenario) -> tuple[str, ...]:
    """Return ids of history that the plan removes and states anew as measures of its own."""
    kept = {row.id for row in plan.history}
    own = {row.id for row in own_measures(baseline, plan)}
    return tuple(r.id for r in baseline.history if r.id not in kept and r.id in own)


def own_measures(baseline: Scenario, plan: Scenario) -> tuple[Measure, ...]:
    """Return the measures of a plan that the scenario does not have as they stand."""
    return tuple(m for m in plan.measures if m not in baseline.measures)


def matched_null(baseline: Scenario, plan: Scenario) -> Scenario:
    """Return the plan without cooperation: every measure's own null, lists as in the baseline.

    Measures that the scenario has without the plan stay as they are: they belong to both sides.
    So do those of a kind that is switched off, which move nobody on either.
    """
    nulls = (m if m in baseline.measures or not plan.acts(m) else m.null() for m in plan.measures)
    update: dict[str, Any] = {"measures": tuple(m for m in nulls if m is not None)}
    update |= {name: getattr(baseline, name) for name in COOPERATION_LISTS}
    update["investigations"] = tuple(_without_partners(baseline, plan))
    return plan.model_copy(update=update)


def _without_partners(baseline: Scenario, plan: Scenario) -> Iterator[Investigation]:
    """Yield the plan's investigations, with no partners but those of the baseline's own row."""
    before = {row.id: row for row in baseline.investigations}
    for row in plan.investigations:
        own = before.get(row.id)
        partners = {
            "joint_team": () if own is None else own.joint_team,
            "central_office": False if own is None else own.central_office,
        }
        yield row if row == own else row.model_copy(update=partners)


def same_run(one: Scenario, other: Scenario) -> bool:
    """Return whether two scenarios make the same run: they differ in names at most."""
    return content(one) == content(other)


def content(scenario: Scenario) -> dict[str, Any]:
    """Return the text of a scenario without the names that change nothing in a run.

    Measures come in order of their ids: their order in a file changes nothing either.
    """
    text = {key: value for key, value in scenario.as_text().items() if key not in _NAMES}
    text["measures"] = sorted(text["measures"], key=lambda row: str(row["id"]))
    return text
