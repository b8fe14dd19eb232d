"""The nine plans of the region: each changes who stands, sits or may where, and has its null."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

import scenarios
from sim.experiments.nulls import matched_null, own_baseline, own_measures
from sim.scenario.loading import check, load
from sim.scenario.measures import Measure
from sim.scenario.specs.scenario import Scenario

PLANS = (
    "rapid_reaction_2018", "common_operation_trebinje_bihac", "officer_exchange_trebinje",
    "airport_officer_exchange", "centre_round_the_clock", "fast_readmission",
    "joint_patrols_montenegro_albania", "investigate_networks", "protection_first",
)  # fmt: skip
FOLDER = Path(next(iter(scenarios.__path__))) / "plans"
#: What a plan may change of cooperation: rosters (postings), desks, powers and clocks.
ROSTERS, DESKS, POWERS, CLOCKS = "rosters", "desks", "powers", "clocks"
_KIND = {
    "desk": DESKS, "centre": DESKS, "investigation": POWERS, "agreement": POWERS,
    "readmission": CLOCKS,
}  # fmt: skip


@lru_cache(maxsize=16)
def planned(name: str) -> Scenario:
    return load("adriatic_shift", [name] if name else [])


def touched(measures: tuple[Measure, ...]) -> set[str]:
    """Return what measures change of rosters, desks, powers and clocks."""
    found = {ROSTERS for m in measures if m.postings()}
    for change in (c for m in measures for c in m.changes()):
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


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("rapid_reaction_2018", {ROSTERS, DESKS, POWERS, CLOCKS}),
        ("common_operation_trebinje_bihac", {ROSTERS, DESKS, POWERS, CLOCKS}),
        ("officer_exchange_trebinje", {ROSTERS, DESKS, POWERS}),
        ("airport_officer_exchange", {ROSTERS, DESKS, POWERS}),
        ("centre_round_the_clock", {ROSTERS, DESKS}),
        ("fast_readmission", {CLOCKS}),
        ("joint_patrols_montenegro_albania", {ROSTERS, POWERS}),
        ("investigate_networks", {ROSTERS, POWERS}),
        ("protection_first", {ROSTERS, POWERS}),
    ],
)
def test_what_a_plan_changes(name: str, changes: set[str]) -> None:
    assert touched(own_measures(planned(""), planned(name))) == changes


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
    sent = {(p.measure, p.target, p.country, p.service, p.officers, p.hours)
            for m in own_measures(base, plan) if m.null() is not None
            for p in m.postings()}  # fmt: skip
    kept = {(p.measure, p.target, p.country, p.service, p.officers, p.hours)
            for m in own for p in m.postings()}  # fmt: skip
    assert kept == sent, "the null has the same officers, hours and places"


def test_the_rapid_reaction_is_held_against_a_region_that_did_not_react() -> None:
    base, plan = planned(""), planned("rapid_reaction_2018")
    against = own_baseline(base, plan)
    gone = {m.id for m in base.history} - {m.id for m in against.history}
    assert gone == {"mne_army_august_2018"}
