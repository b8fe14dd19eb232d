"""The fate table on hand-made tracks: every fate once, splits shared, rows summing exactly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from sim.errors import ModelError
from sim.experiments.fates import Crossings, fates, treated_legs, treated_places
from sim.experiments.tracks import Tracks
from sim.movement.crowd import STATES
from sim.records.comparison import FATES
from tests.stories.small_world import small_world

#: Legs: two on foot and a lorry across border 0, one across border 1, one within a country.
AT = Crossings(
    ("sector", "elsewhere", "lorry", "detour", "road"),
    np.array([0, 0, 0, 1, -1]),
    np.array([0, 0, 1, 0, 0]),
    np.array(["AAA", "AAA", "AAA", "AAA", "BBB"], dtype=object),
    np.array(["BBB", "BBB", "BBB", "CCC", "BBB"], dtype=object),
)
TREATED = np.array([True, False, False, False, False])
LEG = {name: i for i, name in enumerate(AT.legs)}

#: A party: root, persons, last state, crossings as (leg, hour).
Party = tuple[int, int, str, Sequence[tuple[str, int]]]


def tracks(*parties: Party) -> Tracks:
    events = [(i, LEG[leg], hour) for i, p in enumerate(parties) for leg, hour in p[3]]
    party, leg, hour = np.array(events, dtype=np.int64).reshape(-1, 3).T
    return Tracks(
        root=np.array([p[0] for p in parties], np.uint64),
        persons=np.array([p[1] for p in parties], np.int64),
        state=np.array([STATES.index(p[2]) for p in parties], np.uint8),
        party=party.astype(np.intp), leg=leg.astype(np.intp), hour=hour,
    )  # fmt: skip


def found(base: Tracks, plan: Tracks, since: int = 0, until: int = 1000) -> dict[str, float]:
    answer = fates(base, plan, AT, TREATED, since, until)
    assert sum(answer.values()) == sum(
        int(base.persons[base.party[i]])
        for i in range(len(base.leg))
        if TREATED[base.leg[i]] and since <= base.hour[i] < until
    )
    return {name: persons for name, persons in answer.items() if persons}


CROSSED: Party = (7, 4, "arrived", [("sector", 50)])


@pytest.mark.parametrize(
    ("fate", "state", "crossings"),
    [
        ("unchanged", "arrived", [("sector", 50)]),
        ("unchanged", "dead_or_missing", [("sector", 40)]),
        ("same_place_later", "arrived", [("sector", 51)]),
        ("same_border_elsewhere", "asylum", [("elsewhere", 60)]),
        ("other_mode", "arrived", [("lorry", 40)]),
        ("dead_or_missing", "dead_or_missing", []),
        ("dead_or_missing", "dead_or_missing", [("detour", 70)]),
        ("other_route", "waiting", [("detour", 70)]),
        ("other_route", "arrived", []),
        ("gave_up_or_returned", "gave_up", []),
        ("gave_up_or_returned", "returned", []),
        ("asylum", "asylum", []),
        ("still_waiting", "waiting", []),
        ("still_waiting", "reception", []),
    ],
)
def test_each_fate(fate: str, state: str, crossings: list[tuple[str, int]]) -> None:
    assert found(tracks(CROSSED), tracks((7, 4, state, crossings))) == {fate: 4}


def test_a_border_crossed_before_in_the_baseline_is_no_other_route() -> None:
    base = tracks((7, 4, "arrived", [("detour", 30), ("sector", 50)]))
    plan = tracks((7, 4, "waiting", [("detour", 30)]))
    assert found(base, plan) == {"still_waiting": 4}


def test_a_root_that_split_is_shared_in_proportion() -> None:
    plan = tracks((7, 3, "arrived", [("sector", 50)]), (7, 1, "dead_or_missing", []))
    assert found(tracks(CROSSED), plan) == {"unchanged": 3, "dead_or_missing": 1}
    # Of 4 persons 3 crossed in the baseline: they are shared as the 4 are under the plan.
    base = tracks((7, 3, "arrived", [("sector", 50)]), (7, 1, "asylum", []))
    assert found(base, plan) == {"unchanged": 2.25, "dead_or_missing": 0.75}


def test_only_crossings_while_the_measures_are_in_force_count() -> None:
    assert found(tracks(CROSSED), tracks(CROSSED), 51, 100) == {}
    assert found(tracks(CROSSED), tracks(CROSSED), 50, 51) == {"unchanged": 4}
    assert fates(tracks(CROSSED), tracks(CROSSED), AT, TREATED, 51, 100) == dict.fromkeys(FATES, 0)


def test_other_arrivals_on_the_other_side_are_refused() -> None:
    with pytest.raises(ModelError, match="different arrivals"):
        found(tracks(CROSSED), tracks((8, 4, "arrived", [])))


_STATES = st.sampled_from(STATES)
_CROSSINGS = st.lists(st.sampled_from(["sector", "elsewhere", "lorry", "detour"]), max_size=2)


@given(st.lists(st.tuples(st.integers(1, 30), st.lists(st.tuples(_STATES, _CROSSINGS), min_size=1,
                max_size=3), st.lists(st.tuples(_STATES, _CROSSINGS), min_size=1, max_size=3)),
                max_size=12))  # fmt: skip
def test_rows_sum_exactly(
    roots: list[
        tuple[int, list[tuple[str, list[str]]], list[tuple[str, list[str]]]]
    ],
) -> None:  # fmt: skip
    """Whatever splits and ends: persons by fate sum to persons that crossed, both ways."""
    sides: list[list[Party]] = [[], []]
    for root, (persons, *parts) in enumerate(roots):
        for side, pieces in zip(sides, parts, strict=True):
            shares = [persons // len(pieces)] * len(pieces)
            shares[0] += persons - sum(shares)
            for share, (state, legs) in zip(shares, pieces, strict=True):
                borders = {AT.border[LEG[leg]]: leg for leg in legs}
                events = [(leg, 10 + i) for i, leg in enumerate(borders.values())]
                side.append((root, share, state, events))
    if not roots:
        return
    one, two = (tracks(*side) for side in sides)
    found(one, two)
    found(two, one)


def test_places_are_found_by_their_targets(tmp_path: Path) -> None:
    world = small_world(tmp_path)
    assert treated_legs(world, ["sector:AAA-BBB/meadows"]) == ("meadow_path",)
    assert treated_legs(world, ["post:bridge"]) == ("bridge_lorry",)
    both = ("bridge_lorry", "meadow_path")
    assert treated_legs(world, ["border:AAA-BBB"]) == both
    assert treated_legs(world, ["place:riverside"]) == both
    assert treated_legs(world, ["leg:capital_road", "network:ferrymen"]) == ()
    targets = ["country:BBB", "sector:meadows", "place:harbour"]
    assert treated_places(world, targets) == ("sector:meadows",)


def test_the_buffer_is_where_a_crossing_made_harder_would_go() -> None:
    assert AT.places(TREATED).tolist() == ["treated", "buffer", "buffer", "buffer", ""]
    assert AT.places(AT.mask(["detour"])).tolist() == ["buffer", "buffer", "buffer", "treated", ""]
