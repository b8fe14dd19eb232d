"""Nobody vanishes and nobody is doubled: splits, books and the calendar (MODEL 3)."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from sim.errors import ConservationError
from sim.movement.calendar import DAY, DueCalendar
from sim.movement.crowd import (
    ARRIVED,
    MOVING,
    NEVER,
    NOT_YET,
    STATES,
    WAITING,
    Books,
    Crowd,
)
from sim.randomness import arrival_keys

COUNTED = ("persons", "minors", "unaccompanied")
#: A party as (persons, minors, unaccompanied), each within the one before.
PARTY = st.integers(1, 30).flatmap(
    lambda p: st.integers(0, p).flatmap(
        lambda m: st.tuples(st.just(p), st.just(m), st.integers(0, m))
    )
)


def crowd_of(parties: list[tuple[int, int, int]], state: int = WAITING) -> Crowd:
    crowd = Crowd.empty(len(parties))
    rows = slice(0, len(parties))
    crowd.key[rows] = arrival_keys("sea", len(parties))
    for name, values in zip(COUNTED, zip(*parties, strict=True), strict=True):
        getattr(crowd, name)[rows] = values
    crowd.state[rows] = state
    crowd.present = len(parties)
    return crowd


def totals(crowd: Crowd) -> list[int]:
    return [int(getattr(crowd, name)[: crowd.size].sum(dtype=np.int64)) for name in COUNTED]


def opened(crowd: Crowd) -> Books:
    books = Books(crowd, 1)
    rows = np.arange(crowd.size)
    books.enter(rows)
    books.put_back(rows)
    return books


@st.composite
def splits(draw: st.DrawFn) -> tuple[list[tuple[int, int, int]], list[list[tuple[int, ...]]]]:
    """Draw parties and rounds of splits (row, persons, minors, unaccompanied) within bounds."""
    parties = draw(st.lists(PARTY, min_size=1, max_size=8))
    now = [list(p) for p in parties]
    rounds: list[list[tuple[int, ...]]] = []
    for _ in range(draw(st.integers(1, 4))):
        this: list[tuple[int, ...]] = []
        for row in range(len(now)):
            persons, minors, unaccompanied = now[row]
            if persons < 2 or not draw(st.booleans()):
                continue
            adults = persons - minors
            accompanied = minors - unaccompanied
            u = draw(st.integers(0, unaccompanied))
            m = u + draw(st.integers(0, accompanied))
            p = m + draw(st.integers(0, adults))
            if 0 < p < persons:
                this.append((row, p, m, u))
        for row, p, m, u in this:
            now[row] = [now[row][0] - p, now[row][1] - m, now[row][2] - u]
            now.append([p, m, u])
        rounds.append(this)
    return parties, rounds


def split(crowd: Crowd, this: list[tuple[int, ...]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    columns = np.array(this, dtype=np.int64).reshape(-1, 4)
    parents = columns[:, 0].astype(np.intp)
    return parents, crowd.split(parents, columns[:, 1:].T.copy())


@given(splits())
@settings(max_examples=150, deadline=None)
def test_splits_conserve_everybody(
    drawn: tuple[list[tuple[int, int, int]], list[list[tuple[int, ...]]]],
) -> None:
    parties, rounds = drawn
    crowd = crowd_of(parties)
    before = totals(crowd)
    books = opened(crowd)
    for hour, this in enumerate(rounds):
        parents = np.array([row for row, *_ in this], dtype=np.intp)
        books.take_out(parents)
        _, new = split(crowd, this)
        crowd.state[new] = MOVING
        books.put_back(parents)
        books.put_back(new)
        books.check(hour, "record", full=True)
        assert totals(crowd) == before
    used = slice(0, crowd.size)
    assert len(np.unique(crowd.key[used])) == crowd.size
    assert (crowd.persons[used] >= 1).all()
    assert (crowd.unaccompanied[used] <= crowd.minors[used]).all()
    assert (crowd.minors[used] <= crowd.persons[used]).all()
    by_root = np.bincount(crowd.root[used], crowd.persons[used], len(parties))
    assert by_root.tolist() == [p for p, _, _ in parties]


@given(st.lists(st.tuples(PARTY, st.integers(1, 29)), min_size=1, max_size=8))
@settings(deadline=None)
def test_adults_leave_first(drawn: list[tuple[tuple[int, int, int], int]]) -> None:
    crowd = crowd_of([party for party, _ in drawn])
    number = np.array([min(some, party[0]) for party, some in drawn])
    leaving = crowd.adults_first(np.arange(len(drawn)), number)
    adults = leaving[0] - leaving[1]
    assert leaving[0].tolist() == number.tolist()
    assert adults.tolist() == [
        min(n, p - m) for n, ((p, m, _), _) in zip(number, drawn, strict=True)
    ]
    assert leaving[2].tolist() == [
        min(children, u) for children, ((_, _, u), _) in zip(leaving[1], drawn, strict=True)
    ]


def test_splits_beyond_the_room_left_move_every_column() -> None:
    crowd = crowd_of([(30, 10, 5)] * 400)
    crowd.funds[:400] = np.arange(400)
    parents = np.arange(400, dtype=np.intp)
    capacity = len(crowd.key)
    for _ in range(6):
        new = crowd.split(parents, np.array([1, 1, 0]).repeat(400).reshape(3, -1))
    assert crowd.size == 400 * 7
    assert len(crowd.key) >= crowd.size > capacity
    assert totals(crowd) == [400 * 30, 400 * 10, 400 * 5]
    assert (crowd.funds[new] == np.arange(400)).all()
    assert (crowd.root[new] == parents).all()
    assert len(np.unique(crowd.key[: crowd.size])) == crowd.size


def test_a_split_off_row_keeps_no_hidden_victim_and_has_its_own_luck() -> None:
    crowd = crowd_of([(4, 0, 0)])
    crowd.vulnerable[0] = True
    crowd.moves[0] = 17
    _, new = split(crowd, [(0, 1, 0, 0)])
    assert not crowd.vulnerable[new].any()
    assert crowd.vulnerable[0]
    assert crowd.key[new[0]] != crowd.key[0]
    assert crowd.moves[new[0]] == 17


@given(st.lists(PARTY, min_size=1, max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_books_catch_a_tampered_column_and_name_the_state(
    parties: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    state = data.draw(st.sampled_from(range(NOT_YET)))
    row = data.draw(st.integers(0, len(parties) - 1))
    name = data.draw(st.sampled_from(COUNTED))
    crowd = crowd_of(parties, state)
    books = opened(crowd)
    books.check(41, "record", full=True)
    getattr(crowd, name)[row] += 1
    wanted = rf"hour 42, phase choices, state {STATES[state]}: \d+ {name} in the columns"
    with pytest.raises(ConservationError, match=wanted):
        books.check(42, "choices", full=True)


@given(st.lists(PARTY, min_size=1, max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_books_catch_a_state_changed_behind_their_back(
    parties: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    before = data.draw(st.sampled_from(range(NOT_YET)))
    after = data.draw(st.sampled_from([s for s in range(NOT_YET) if s != before]))
    crowd = crowd_of(parties, before)
    books = opened(crowd)
    crowd.state[data.draw(st.integers(0, len(parties) - 1))] = after
    first = STATES[min(before, after)]
    # The states of all rows are summed up in every window; where that does not hold, recounted.
    with pytest.raises(ConservationError, match=rf"hour 7, phase passages, state {first}:"):
        books.check(7, "passages", full=False)


@pytest.mark.parametrize("other", [1, 8, 9, 4096])
def test_books_catch_two_parties_that_change_places(other: int) -> None:
    crowd = crowd_of([(2, 0, 0)] * (other + 1))
    crowd.state[other] = MOVING
    books = opened(crowd)
    books.check(0, "record", full=False)
    crowd.state[[0, other]] = crowd.state[[other, 0]]
    books.check(1, "record", full=True)  # as many in each state as before
    with pytest.raises(ConservationError, match="hour 2, phase record: rows that nobody touched"):
        books.check(2, "record", full=False)


def test_books_know_rows_that_make_the_columns_grow() -> None:
    crowd = crowd_of([(30, 0, 0)] * 400)
    books = opened(crowd)
    parents, capacity = np.arange(400), len(crowd.key)
    for _ in range(20):
        books.take_out(parents)
        _, new = split(crowd, [(int(row), 1, 0, 0) for row in parents])
        crowd.state[new] = ARRIVED
        books.put_back(parents)
        books.put_back(new)
        books.check(1, "record", full=False)
    assert crowd.size > capacity
    crowd.state[crowd.size - 1] = MOVING
    with pytest.raises(ConservationError, match="state moving: 1 parties"):
        books.check(2, "record", full=False)


def test_books_catch_a_party_that_entered_without_a_state() -> None:
    crowd = crowd_of([(3, 1, 0), (2, 0, 0)])
    books = opened(crowd)
    books.check(0, "record", full=False)
    crowd.state[1] = NOT_YET
    books.rows[WAITING] -= 1
    with pytest.raises(ConservationError, match="2 parties have entered, but 1 are in a state"):
        books.check(1, "record", full=False)


def test_books_know_who_waits_where_and_catch_a_party_moved_behind_their_back() -> None:
    crowd = crowd_of([(3, 1, 0), (2, 0, 0), (4, 0, 0)])
    crowd.node[:3] = [1, 0, 1]
    crowd.state[2] = MOVING
    books = Books(crowd, 2)
    rows = np.arange(3)
    books.enter(rows)
    books.put_back(rows)
    books.check_places(0, "record")
    assert books.waiting.tolist() == [2, 3]
    books.take_out(rows)
    crowd.state[1], crowd.state[2] = MOVING, WAITING
    books.put_back(rows)
    books.check(1, "record", full=True)
    books.check_places(1, "record")
    assert books.waiting.tolist() == [0, 7]
    crowd.node[2] = 0
    books.check(2, "record", full=True)
    with pytest.raises(ConservationError, match="hour 2, phase record, place 0: 4 persons wait"):
        books.check_places(2, "record")
    books.waiting[0] += 1
    with pytest.raises(ConservationError, match="8 persons wait at places, but 7 are waiting"):
        books.check(3, "record", full=False)


def test_books_catch_persons_lost_between_two_touches() -> None:
    crowd = crowd_of([(3, 1, 0), (2, 0, 0)])
    books = opened(crowd)
    rows = np.array([0])
    books.take_out(rows)
    crowd.persons[0] -= 1
    crowd.state[0] = ARRIVED
    books.put_back(rows)
    with pytest.raises(ConservationError, match=re.escape("[4, 1, 0] persons, minors")):
        books.check(1, "record", full=False)


def test_a_party_cannot_give_away_more_persons_than_it_has_unseen() -> None:
    crowd = crowd_of([(2, 0, 0)])
    books = opened(crowd)
    rows = np.array([0])
    books.take_out(rows)
    _, new = split(crowd, [(0, 3, 0, 0)])
    books.put_back(rows)
    books.put_back(new)
    with pytest.raises(ConservationError, match="entered"):
        books.check(1, "record", full=False)


@given(
    window=st.sampled_from([1, 2, 3, 4, 6]),
    waits=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=20), min_size=1, max_size=12),
    meddling=st.lists(
        st.tuples(st.integers(0, 71), st.integers(0, 11), st.integers(0, 40)), max_size=30
    ),
)
@settings(max_examples=150, deadline=None)
def test_the_calendar_never_loses_or_doubles_a_row(
    window: int, waits: list[list[int]], meddling: list[tuple[int, int, int]]
) -> None:
    """Rows wait times of their own; others reschedule them at random, to any later hour."""
    count = len(waits)
    crowd = Crowd.empty(count)
    crowd.present = count
    crowd.due[:count] = [w[0] for w in waits]
    calendar = DueCalendar(crowd)
    served = [1] * count
    for hour in range(0, 72, window):
        if hour % DAY == 0:
            calendar.open_day(hour)
        for when, row, delay in meddling:
            if hour <= when < hour + window and row < count and crowd.due[row] != NEVER:
                calendar.schedule(np.array([row]), np.array([hour + delay], np.int32))
        expected = np.flatnonzero(crowd.due[:count] < hour + window)
        popped = calendar.pop(hour, window)
        assert popped.tolist() == expected.tolist()
        due = np.full(len(popped), NEVER)
        for i, row in enumerate(popped):
            if served[row] < len(waits[row]):
                # From the row's own due hour: exact, however wide the window is.
                due[i] = crowd.due[row] + waits[row][served[row]]
                served[row] += 1
        calendar.schedule(popped[::-1], due[::-1])
    for row in range(count):
        # Due again within the last window, it would come with the next one.
        overdue = crowd.due[row] < 72 - window and row not in popped
        assert not overdue, f"row {row} is due at {crowd.due[row]} and was never called"
