"""What a plan is held against: its own baseline and its matched null (MODEL 9, 10, 16).

A plan's effect has two parts. *Added officers* is its matched null less the baseline; *cooperation*
is the plan less its null. In the null the same officers serve the same hours at the same places
as the host's own, without powers, desks or cross-border response.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sim.scenario.measures import Measure
from sim.scenario.quantities import Quantity
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
    So do those of a kind that is switched off, which move nobody on either. Of a measure that the
    plan edits, the cooperation that the scenario has without the plan stays.
    """
    before = {m.id: m for m in baseline.measures}
    nulls = (_null_of(before.get(m.id), m) if plan.acts(m) else (m,) for m in plan.measures)
    update: dict[str, Any] = {"measures": tuple(m for parts in nulls for m in parts)}
    update |= {name: getattr(baseline, name) for name in COOPERATION_LISTS}
    update["investigations"] = tuple(_without_partners(baseline, plan))
    return plan.model_copy(update=update)


def _null_of(before: Measure | None, now: Measure) -> Iterator[Measure]:
    """Yield what a plan's measure is without the cooperation that it adds to the scenario's."""
    null = now.null()
    if before == now:
        yield now
    elif before is None or before.kind != now.kind or null is now:
        yield from () if null is None else (null,)
    elif null is None:
        yield before
    else:
        yield from _edited(before, now, null)


def _edited(before: Measure, now: Measure, null: Measure) -> Iterator[Measure]:
    """Yield an edited measure's null: what of it the scenario has too cooperates as it does there.

    At the same places, on the same days and with no more officers it is the plan's measure with
    the scenario's ``cooperation_keys``; all that goes beyond is the measure's own null. Days of a
    measure with a condition or with rounds are those of the plan.
    """
    both = tuple(target for target in now.at if target in before.at)
    since, until = now.since, now.until
    if now.when is None and getattr(now, "every", None) is None:
        since = max(since, before.since)
        until = min(filter(None, (until, before.until)), default=None)
    if not both or (until is not None and since >= until):
        yield null
        return
    kept = {key: getattr(before, key) for key in now.cooperation_keys}
    kept |= {"at": both, "since": since, "until": until}
    more: dict[str, Any] = {}
    if hasattr(now, "officers"):
        shared, more = _parted(getattr(before, "officers", {}), now.officers)
        if not shared:
            yield null
            return
        kept |= _sent(now, shared)
    yield now.model_copy(update=kept)
    parts: dict[str, dict[str, Any]] = {}
    if len(both) < len(now.at):
        parts["elsewhere"] = {"at": tuple(t for t in now.at if t not in both)}
    if now.since < since:
        parts["before"] = {"at": both, "until": since}
    if until is not None and until != now.until:
        parts["after"] = {"at": both, "since": until}
    if more:
        parts["more"] = kept | _sent(now, more) | _only_of(now, equipment={})
    for name, part in parts.items():
        own = {"id": f"{now.id}_{name}"} | _only_of(now, fixed_cost=None) | part
        rest = now.model_copy(update=own).null()
        if rest is not None:
            yield rest


def _parted(
    before: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return officers as they are in both, and those there are more of now; services nested."""
    shared: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for key, value in now.items():
        old = before.get(key)
        if not isinstance(value, Quantity):
            parts: tuple[Any, Any] = _parted(old or {}, value)
        elif old is None or old.value >= value.value:
            parts = (None, value) if old is None else (value, None)
        else:
            parts = old, replace(value, value=value.value - old.value, low=None, high=None)
        shared |= {key: parts[0]} if parts[0] else {}
        more |= {key: parts[1]} if parts[1] else {}
    return shared, more


def _sent(measure: Measure, officers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a measure that say so many officers are sent, and by whom."""
    givers: Mapping[str, str] = getattr(measure, "taken_from", {})
    return {"officers": officers, "taken_from": {c: givers[c] for c in officers if c in givers}}


def _only_of(measure: Measure, **keys: Any) -> dict[str, Any]:
    """Return those of the keys that a measure of this kind has."""
    return {name: value for name, value in keys.items() if name in type(measure).model_fields}


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
