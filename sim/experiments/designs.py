"""The design of a comparison: which runs are made so that every plan meets its own null."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sim.errors import InputError, Problem
from sim.experiments.fates import treated_legs, treated_places
from sim.experiments.nulls import (
    content,
    matched_null,
    own_baseline,
    own_measures,
    replaced_history,
)
from sim.records.comparison import ComparedPlan
from sim.scenario.documents import Document, read_document
from sim.scenario.finding import find
from sim.scenario.loading import load
from sim.scenario.measures import Measure
from sim.scenario.specs.scenario import Scenario

BASELINE = "baseline"


@dataclass
class Design:
    """What is run, each run once, and what of it each plan is held against.

    Attributes:
        baseline: The scenario without any plan.
        plans: The plans compared.
        runs: Scenario of every run by name; runs that would be the same are one.
    """

    baseline: Scenario
    plans: list[ComparedPlan] = field(default_factory=list)
    runs: dict[str, Scenario] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, scenario: Scenario) -> str:
        """Add a run unless it is there already; return the name it goes by."""
        text = json.dumps(content(scenario), sort_keys=True)
        if text not in self._names:
            self._names[text] = name
            self.runs[name] = scenario
        return self._names[text]


def design(
    reference: str,
    plans: Sequence[str],
    sets: Sequence[str] = (),
    arrivals: str | None = None,
    *,
    adaptation: bool = False,
    treated: Sequence[str] = (),
) -> Design:
    """Return what is run to compare plans on a scenario.

    Args:
        reference: Name or file of the scenario.
        plans: Plans compared; ``A+B`` is one plan made of two.
        sets: Settings laid over everything. One of a row that only some plans have is laid over
            those plans alone.
        arrivals: A table of arrivals added to the scenario's.
        adaptation: Also run every plan, and its baseline, with networks that do not learn from
            the plan's first day on.
        treated: Targets whose crossings are followed; none takes those of a plan's own measures.

    Raises:
        InputError: A document or setting is wrong, a plan is named twice, or ``adaptation`` is
            asked of networks that never learn.
    """
    _check_names(plans)
    loaded = _Loading(reference, tuple(sets), arrivals)
    baseline = loaded.scenario(())
    found = [loaded.scenario((plan,)) for plan in plans]
    loaded.check()
    if adaptation:
        _check_learning(baseline)
    _check_treated(baseline, treated)
    made = Design(baseline)
    made.add(BASELINE, baseline)
    ids = [plan.plan for plan in found]
    for given, plan in zip(plans, found, strict=True):
        name = plan.plan if ids.count(plan.plan) == 1 else given
        made.plans.append(_plan(made, name, _summary(given), plan, adaptation, treated))
    return made


def _plan(
    made: Design,
    name: str,
    summary: str,
    plan: Scenario,
    adaptation: bool,
    treated: Sequence[str],
) -> ComparedPlan:
    baseline, null = own_baseline(made.baseline, plan), matched_null(made.baseline, plan)
    own = own_measures(made.baseline, plan)
    targets = treated or [target for measure in own for target in measure.at]
    since, until = _span(own, plan)
    places = treated_places(plan, targets)
    legs = treated_legs(plan, places)
    followed = _span(_standing_there(own, plan, legs) or own, plan)
    run_of = made.add(f"baseline of {name}", baseline)
    plan_run = made.add(f"plan:{name}", plan)
    null_run = made.add(f"null:{name}", null)
    null_is = {plan_run: "plan", run_of: "baseline"}.get(null_run, "own")
    frozen = ["", ""]
    if adaptation and own:
        frozen = [
            made.add(f"{run} frozen {since}", _frozen(scenario, since))
            for run, scenario in ((run_of, baseline), (plan_run, plan))
        ]
    return ComparedPlan(
        name=name,
        summary=summary,
        baseline=run_of,
        null=null_run,
        plan=plan_run,
        null_is=null_is,
        frozen_baseline=frozen[0],
        frozen_plan=frozen[1],
        since=since.isoformat() if own else "",
        until=until.isoformat() if own else "",
        treated=places,
        treated_legs=legs,
        replaced_history=replaced_history(made.baseline, plan),
        measures=tuple(_text(m) for m in own),
        followed_since=followed[0].isoformat() if own else "",
        followed_until=followed[1].isoformat() if own else "",
    )


def _summary(name: str) -> str:
    """Return the plan's own words, those of several one after the other."""
    found = find(name, plan=True)
    if isinstance(found, Problem):
        return "; ".join(filter(None, map(_summary, map(str.strip, name.split("+")))))
    document = read_document(found)
    stated = document.tree.values.get("summary") if isinstance(document, Document) else None
    return str(stated or "")


def _text(measure: Any) -> dict[str, Any]:
    return dict(measure.model_dump(mode="json", by_alias=True))


def _span(own: Sequence[Any], plan: Scenario) -> tuple[date, date]:
    """Return the first day of a plan's measures and the first on which none is in force."""
    if not own:
        return plan.start, plan.until
    since = min(max(m.since, plan.start) for m in own)
    until = max(min(m.until or plan.until, plan.until) for m in own)
    return since, until


def _standing_there(own: Sequence[Measure], plan: Scenario, legs: Sequence[str]) -> list[Measure]:
    """Return the measures that stand at a place which controls one of the legs, or take from it."""

    def places(measure: Measure) -> tuple[str, ...]:
        return (*measure.at, *getattr(measure, "taken_from", {}).values())

    return [m for m in own if not set(legs).isdisjoint(treated_legs(plan, places(m)))]


def _frozen(scenario: Scenario, since: date) -> Scenario:
    before = scenario.adaptation_frozen_from
    day = since if before is None else min(before, since)
    return scenario.model_copy(update={"adaptation_frozen_from": day})


class _Loading:
    """Loads the scenario with and without plans, settings laid where their rows are."""

    def __init__(self, reference: str, sets: tuple[str, ...], arrivals: str | None) -> None:
        self._reference, self._sets, self._arrivals = reference, sets, arrivals
        self._unused = dict.fromkeys(sets)
        self._refused: InputError | None = None

    def scenario(self, plans: Sequence[str]) -> Scenario:
        """Return the scenario with plans and every setting whose row it has."""
        try:
            found = load(self._reference, plans, self._sets, self._arrivals)
            fitting = self._sets
        except InputError as error:
            lacking = {p.key for p in error.problems if p.rule == "unknown-row" and not p.file}
            fitting = tuple(s for s in self._sets if s.partition("=")[0].strip() not in lacking)
            if len(fitting) == len(self._sets):
                raise
            self._refused = self._refused or error
            found = load(self._reference, plans, fitting, self._arrivals)
        for text in fitting:
            self._unused.pop(text, None)
        return found

    def check(self) -> None:
        """Refuse a setting of a row that neither the scenario nor any plan has."""
        if self._unused and self._refused is not None:
            raise self._refused


def _refuse(rule: str, message: str, remedy: str, key: str, value: str) -> InputError:
    return InputError([Problem(rule, message, remedy, key=key, value=value[:80])])


def _check_names(plans: Sequence[str]) -> None:
    if not plans:
        raise _refuse("no-plan", "nothing is compared", "Name plans with --plan.", "--plan", "")
    for name in plans:
        if plans.count(name) > 1:
            raise _refuse("plan-twice", "this plan is named twice", "Name it once.", "--plan",
                          name)  # fmt: skip


def _check_learning(scenario: Scenario) -> None:
    setting = scenario.switches.smugglers
    if setting in ("off", "fixed") or not scenario.networks:
        raise _refuse(
            "nothing-learns",
            f"no network learns in this scenario (switches.smugglers: {setting})",
            "Leave --adaptation out, or set switches.smugglers=adaptive.",
            "--adaptation", "",
        )  # fmt: skip


def _check_treated(scenario: Scenario, treated: Sequence[str]) -> None:
    for target in treated:
        if not treated_places(scenario, [target]):
            raise _refuse(
                "no-crossing",
                "nobody crosses a border there",
                "Name sector:ID, post:ID, border:AAA-BBB, place:ID or leg:ID of a leg across a "
                "border.",
                "--treated", target,
            )  # fmt: skip
