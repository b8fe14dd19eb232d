"""Reception and screening: conservation, exactness, and no favour by order or origin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

from sim.errors import ModelError
from sim.kernels.screening import share_evenly
from sim.protection.reception import ReceptionPlaces
from sim.protection.screening import ScreeningDesks
from sim.randomness import Draws, arrival_keys
from sim.scenario.specs.control import Screening
from sim.scenario.specs.geography import Place
from tests.screened import screened

Array = np.ndarray[Any, Any]


def reception(*beds: int | None) -> ReceptionPlaces:
    return ReceptionPlaces(
        [Place.model_validate({"id": f"p{i}", "country": "AAA", "kind": "reception", "lat": 44,
                               "lon": 18, "reception_places": b}) for i, b in enumerate(beds)]
    )  # fmt: skip


def base_of(count: int, seed: int = 1) -> Array:
    return Draws(seed).event_base(arrival_keys("reception", count), np.arange(count))


def priority_of(count: int, seed: int = 1) -> Array:
    return Draws(seed).bits(base_of(count, seed), ReceptionPlaces.priority)


@st.composite
def queues(draw: st.DrawFn) -> tuple[list[int], Array, Array]:
    beds = draw(st.lists(st.integers(0, 60), min_size=1, max_size=4))
    n = draw(st.integers(0, 40))
    node = draw(st.lists(st.integers(0, len(beds) - 1), min_size=n, max_size=n))
    persons = draw(st.lists(st.integers(1, 30), min_size=n, max_size=n))
    return beds, np.array(node, np.intp), np.array(persons, np.uint8)


@given(queues(), st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_admission_is_first_come_by_keyed_number_and_exact(
    case: tuple[list[int], Array, Array], seed: int
) -> None:
    beds, node, persons = case
    priority = priority_of(len(node), seed)
    places = reception(*beds)
    admitted = places.admit(node, persons, priority)
    # The same, one party at a time.
    free, expected = list(beds), np.zeros(len(node), np.bool_)
    for i in np.argsort(priority):
        if persons[i] <= free[node[i]]:
            free[node[i]] -= int(persons[i])
            expected[i] = True
    assert (admitted == expected).all()
    assert places.occupied.tolist() == [b - f for b, f in zip(beds, free, strict=True)]
    places.leave(node[admitted], persons[admitted])
    assert not places.occupied.any()


@given(queues(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_queue_never_matters(
    case: tuple[list[int], Array, Array], dice: Any
) -> None:
    beds, node, persons = case
    priority = priority_of(len(node))
    order = np.array(dice.sample(range(len(node)), len(node)), np.intp)
    one = reception(*beds).admit(node, persons, priority)
    two = reception(*beds).admit(node[order], persons[order], priority[order])
    assert (one[order] == two).all()


def test_nights_without_a_place_are_those_beyond_the_free_beds() -> None:
    places = reception(10, None, 0)
    places.admit(np.array([0]), np.array([4]), priority_of(1))
    nights = places.nights_without(np.array([9, 7, 5]))
    assert nights[0] == 3
    assert np.isnan(nights[1])
    assert nights[2] == 5
    assert (places.beds(0), places.beds(1)) == (10, None)
    places.set_capacity(1, 2.0)
    assert places.nights_without(np.array([0, 7, 0]))[1] == 5
    places.set_capacity(1, None)
    assert np.isnan(places.nights_without(np.array([0, 7, 0]))[1])
    places.set_capacity(0, 2.0)
    assert places.nights_without(np.array([9, 0, 0]))[0] == 9
    assert places.occupied[0] == 4


def test_more_cannot_leave_than_came() -> None:
    places = reception(10)
    with pytest.raises(ModelError, match="3 persons left who were never admitted"):
        places.leave(np.array([0]), np.array([3]))


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=30),
    st.floats(0, 1),
)
@settings(deadline=None)
def test_interviews_are_shared_exactly_and_as_evenly_as_possible(
    wants: list[int], part: float
) -> None:
    wanted = np.array(wants)
    assume(wanted.sum() > 0)
    available = int(part * (wanted.sum() - 1))
    granted = share_evenly(wanted, available, base_of(len(wants)))
    assert granted.sum() == available
    assert (granted <= wanted).all()
    held_back = granted < wanted
    assert granted.max() - granted[held_back].min() <= 1


def desks(**changed: float) -> ScreeningDesks:
    row = {"access_share": 0.7, "registered_share": 0.5, "identify_share": 0.4,
           "false_share": 0.1, "interview": 2, "interviews_per_day": 7,
           "referral_share": 0.6, "reflection": 720, **changed}  # fmt: skip
    rows = [
        Screening.model_validate({"id": c.lower(), "country": c, **row}) for c in ("AAA", "BBB")
    ]
    return ScreeningDesks(rows, ["AAA", "BBB", "CCC"])


@st.composite
def stops(draw: st.DrawFn) -> dict[str, Array]:
    n = draw(st.integers(1, 40))

    def column(values: st.SearchStrategy[Any], dtype: Any) -> Array:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)), dtype)

    persons = column(st.integers(1, 30), np.uint8)
    return {
        "country": column(st.integers(0, 1), np.intp),
        "persons": persons,
        "unaccompanied": np.minimum(persons, column(st.integers(0, 3), np.uint8)),
        "vulnerable": column(st.booleans(), np.bool_),
        "wish": column(st.booleans(), np.bool_),
        "held": column(st.floats(0, 30), np.float64),
        "base": base_of(n, draw(st.integers(0, 9))),
    }


def test_what_remains_goes_to_those_who_come_first() -> None:
    priority = np.array([3, 2, 1], np.uint64)
    for available, shares in ((0, [0, 0, 0]), (2, [0, 1, 1]), (6, [1, 2, 3]), (7, [1, 3, 3])):
        assert share_evenly(np.array([1, 5, 5]), available, priority).tolist() == shares


@given(stops(), st.randoms())
@settings(max_examples=120, deadline=None)
def test_screening_counts_are_ordered_bounded_and_order_free(
    stop: dict[str, Array], dice: Any
) -> None:
    room = desks()
    found = screened(room, **stop, day=3)
    assert (found.claim_made <= found.wish).all()
    assert (found.claim_registered <= found.claim_made).all()
    assert (found.identified <= stop["vulnerable"]).all()
    assert not (found.false_positive & stop["vulnerable"]).any()
    assert (found.referred <= stop["unaccompanied"]).all()
    assert (found.interviews <= stop["held"] / 2).all()
    held = np.bincount(stop["country"], found.interviews, 3)
    assert (held + room.left == [7, 7, 0]).all()
    assert not (found.interviews[:, None][found.identified | found.false_positive] == 0).any()
    order = np.array(dice.sample(range(len(stop["wish"])), len(stop["wish"])), np.intp)
    again = screened(desks(), **{k: v[order] for k, v in stop.items()}, day=3)
    for name in ("claim_made", "claim_registered", "identified", "false_positive", "referred",
                 "interviews"):  # fmt: skip
        assert (getattr(found, name)[order] == getattr(again, name)).all()


def test_interviews_of_a_day_run_out_and_come_back_the_next() -> None:
    room = desks(interviews_per_day=2.5)
    n = 4
    stop = {"country": np.zeros(n, np.intp), "persons": np.ones(n, np.int64),
            "unaccompanied": np.zeros(n, np.bool_), "vulnerable": np.ones(n, np.bool_),
            "wish": np.zeros(n, np.bool_), "held": np.full(n, 3.0),
            "base": base_of(n)}  # fmt: skip
    held = [int(screened(room, **stop, day=d).interviews.sum()) for d in (0, 0, 1, 2, 3)]
    assert held == [2, 0, 3, 2, 3]


def test_a_group_of_children_alone_is_all_children() -> None:
    found = screened(
        desks(referral_share=1.0), np.zeros(2, np.intp), np.array([3, 4]), np.array([3, 0]),
        np.zeros(2, np.bool_), np.zeros(2, np.bool_), np.zeros(2), base_of(2), 0,
    )  # fmt: skip
    assert found.referred.tolist() == [3, 0]


def test_a_measure_changes_a_value_and_gives_it_back() -> None:
    room = desks()
    before = room.get("AAA", "identify_share")
    room.set("AAA", "identify_share", 0.9)
    assert (room.get("AAA", "identify_share"), room.get("BBB", "identify_share")) == (0.9, before)
    room.set("AAA", "identify_share", before)
    assert room.get("AAA", "identify_share") == before


@pytest.mark.parametrize(
    ("country", "field", "value", "message"),
    [
        ("AAA", "reflection", 0, "no changeable value 'reflection'"),
        ("AAA", "access_share", 1.2, "use a share between 0 and 1"),
        ("AAA", "interview", 0, "use more than 0 h"),
        ("AAA", "interviews_per_day", -1, "at least 0"),
        ("CCC", "access_share", 0.5, "no row of `screening` for CCC"),
        ("ZZZ", "access_share", 0.5, "country 'ZZZ'"),
    ],
)
def test_what_a_plan_may_not_set_is_refused(
    country: str, field: str, value: float, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        desks().set(country, field, value)


def test_a_country_without_screening_is_named() -> None:
    with pytest.raises(ModelError, match="CCC"):
        desks().require(["AAA", "CCC"])
    n = 1
    with pytest.raises(ModelError, match="CCC"):
        screened(
            desks(), np.full(n, 2), np.ones(n), np.zeros(n), np.zeros(n, np.bool_),
            np.zeros(n, np.bool_), np.zeros(n), base_of(n), 0,
        )  # fmt: skip


def test_interpreters_never_lose_a_victim_already_found() -> None:
    n = 5000
    stop = {"country": np.zeros(n, np.intp), "persons": np.ones(n, np.int64),
            "unaccompanied": np.zeros(n, np.bool_), "vulnerable": np.ones(n, np.bool_),
            "wish": np.zeros(n, np.bool_), "held": np.full(n, 3.0),
            "base": base_of(n)}  # fmt: skip
    low = screened(desks(interviews_per_day=1e9), **stop, day=0)
    better = desks(interviews_per_day=1e9, identify_share=0.6)
    high = screened(better, **stop, day=0)
    assert (low.identified <= high.identified).all()
    assert low.identified.sum() < high.identified.sum()
