"""The nine plans of the region: each changes who stands, sits or may where, and has its null."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

import scenarios
from sim.experiments.nulls import matched_null, own_baseline, own_measures
from sim.model import BorderModel
from sim.scenario.loading import check, load
from sim.scenario.measures import Change, Measure, Posting
from sim.scenario.specs.scenario import Scenario
from sim.world import World

PLANS = (
    "rapid_reaction_2018", "common_operation_trebinje_bihac", "officer_exchange_trebinje",
    "airport_officer_exchange", "centre_round_the_clock", "fast_readmission",
    "joint_patrols_montenegro_albania", "investigate_networks", "protection_first",
)  # fmt: skip
FOLDER = Path(next(iter(scenarios.__path__))) / "plans"
#: What a plan may change of cooperation: rosters (postings), desks, powers and clocks.
ROSTERS, DESKS, POWERS, CLOCKS = "rosters", "desks", "powers", "clocks"
CHANGES: dict[str, set[str]] = {
    "rapid_reaction_2018": {ROSTERS, DESKS, POWERS, CLOCKS},
    "common_operation_trebinje_bihac": {ROSTERS, DESKS, POWERS, CLOCKS},
    "officer_exchange_trebinje": {ROSTERS, DESKS, POWERS},
    "airport_officer_exchange": {ROSTERS, DESKS, POWERS},
    "centre_round_the_clock": {ROSTERS, DESKS},
    "fast_readmission": {CLOCKS},
    "joint_patrols_montenegro_albania": {ROSTERS, POWERS},
    "investigate_networks": {ROSTERS, POWERS},
    "protection_first": {ROSTERS, POWERS},
}
_KIND = {
    "desk": DESKS, "centre": DESKS, "investigation": POWERS, "agreement": POWERS,
    "readmission": CLOCKS,
}  # fmt: skip


@lru_cache(maxsize=16)
def planned(name: str) -> Scenario:
    return load("adriatic_shift", [name] if name else [])


def touched(measures: tuple[Measure, ...]) -> set[str]:
    """Return what measures change of rosters, desks, powers and clocks, as they are declared."""
    return parts_of(
        (c for m in measures for c in m.changes()), (p for m in measures for p in m.postings())
    )


def parts_of(changes: Iterable[Change], postings: Iterable[Posting]) -> set[str]:
    """Return which of rosters, desks, powers and clocks changes and postings belong to."""
    found = {ROSTERS for _ in postings}
    for change in changes:
        kind = change.target.partition(":")[0]
        if change.quantity == "investigators":
            found.add(ROSTERS)
        elif kind in _KIND:
            found.add(_KIND[kind])
        if change.quantity.startswith("brings.home_desk"):
            found.add(DESKS)
        if change.quantity.startswith(("brings.", "response.")):
            found.add(POWERS)
    return found


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_sound_and_states_its_sources(name: str) -> None:
    assert check(FOLDER / f"{name}.yaml") == ()
    page = FOLDER / f"{name}.md"
    assert page.is_file(), "a plan has a page of its own"
    text = page.read_text(encoding="utf-8")
    for heading in ("## What it does", "## What it rests on", "## What it taught"):
        assert heading in text


@pytest.mark.parametrize("name", PLANS)
def test_what_a_plan_changes(name: str) -> None:
    assert touched(own_measures(planned(""), planned(name))) == CHANGES[name]


@pytest.mark.parametrize("name", PLANS)
def test_what_a_plan_changes_in_the_engine(name: str) -> None:
    """On the day it begins, each measure leaves the world other than it is without the plan.

    An operation that waits for its condition is left out.
    """
    changes: list[Change] = []
    postings: list[Posting] = []
    without = own_baseline(planned(""), planned(name))
    own = [m for m in own_measures(planned(""), planned(name)) if m.when is None]
    for day in sorted({m.since for m in own}):
        plan, base = on_day(planned(name), day), on_day(without, day)
        for measure in (m for m in own if m.since == day):
            changed = [c for c in measure.changes() if value(plan, c) != value(base, c)]
            moved = [p for p in measure.postings()
                     if books(plan, p.target) != books(base, p.target)]  # fmt: skip
            assert changed or moved, f"{measure.id} sets what already holds"
            assert moved == list(measure.postings()), f"{measure.id} moves nobody somewhere"
            changes += changed
            postings += moved
    assert parts_of(changes, postings) == CHANGES[name]


def on_day(scenario: Scenario, day: date) -> World:
    """Return the world of a scenario with the measures in force on a day, and nothing run."""
    world = BorderModel(scenario).world
    world.in_force.turn(world.clock.hour_of(day))
    return world


def value(world: World, change: Change) -> Any:
    """Return what the engine has of the quantity that a change sets."""
    kind, _, target = change.target.partition(":")
    return world.in_force._levers[kind].get(target, change.quantity)


def books(world: World, target: str) -> dict[Any, list[float]]:
    """Return officers by service on the books of a station, by whose they are and their hours."""
    rosters = world.rosters
    station = rosters.station(target)
    found = {(who.country, who.as_host, hours): rosters._books[row].tolist()
             for (who, hours), row in rosters._row.items()
             if rosters.stations[who.station] == station}  # fmt: skip
    return {key: officers for key, officers in found.items() if any(officers)}


@pytest.mark.parametrize("name", PLANS)
def test_without_its_cooperation_a_plan_is_its_null(name: str) -> None:
    base, plan = planned(""), planned(name)
    null = matched_null(base, plan)
    own = own_measures(base, null)
    for measure in own:
        assert not any(getattr(measure, key, None) for key in measure.cooperation_keys)
        again = measure.null()
        assert again is not None, f"{measure.id} is cooperation and stands in the null"
        assert again.postings() == measure.postings()
        assert again.changes() == measure.changes()
    assert touched(own) <= {ROSTERS}
    sent = {(p.measure, p.target, p.country, p.service, p.officers, p.hours, p.since, p.until)
            for m in own_measures(base, plan) if m.null() is not None
            for p in m.postings()}  # fmt: skip
    kept = {(p.measure, p.target, p.country, p.service, p.officers, p.hours, p.since, p.until)
            for m in own for p in m.postings()}  # fmt: skip
    assert kept == sent, "the null has the same officers, hours, days and places"


def test_the_rapid_reaction_is_held_against_a_region_that_did_not_react() -> None:
    base, plan = planned(""), planned("rapid_reaction_2018")
    against = own_baseline(base, plan)
    gone = {m.id for m in base.history} - {m.id for m in against.history}
    assert gone == {"mne_army_august_2018"}
