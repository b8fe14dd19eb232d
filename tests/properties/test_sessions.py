"""Whatever is done in a session, its journal plays to the same state, and nobody is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from sim.errors import InputError
from sim.exercises.loading import Exercise
from sim.exercises.session import Seat, Session
from sim.exercises.specs import STAFF
from tests.stories.small_exercise import small_exercise

LEAD = Seat("facilitator")
_MEASURES: list[dict[str, Any]] = [
    {"kind": "staffing", "at": "sector:meadows", "officers": {"BBB": 12}},
    {"kind": "staffing", "at": "sector:meadows", "officers": {"BBB": 25},
     "taken_from": {"BBB": "post:bridge"}},
    {"kind": "lanes", "at": "post:bridge", "lanes": {"cars": 1}},
    {"kind": "close_post", "at": "post:bridge"},
    {"kind": "equipment", "at": "sector:meadows", "sensors": 2},
    {"kind": "screening", "at": "country:BBB", "monitoring": 0.5},
    {"kind": "reception_places", "at": "place:harbour", "reception_places": 20},
]  # fmt: skip
_SEATS = (Seat("bbb_police"), Seat("aaa_police"), LEAD, Seat("observer"))
_STEP = st.one_of(
    st.tuples(st.just("decide"), st.sampled_from(_SEATS), st.sampled_from(_MEASURES),
              st.integers(0, 6), st.integers(1, 12)),
    st.tuples(st.just("advance"), st.integers(1, 7)),
    st.tuples(st.just("join"), st.sampled_from(_SEATS)),
    st.tuples(st.just("leave"), st.sampled_from(_SEATS)),
    st.tuples(st.just("send"), st.sampled_from(_SEATS), st.text(max_size=40)),
    st.tuples(st.just("fire"), st.sampled_from(["landing", "storm", "visit", "nothing"])),
    st.tuples(st.just("hold"), st.sampled_from(["landing", "storm", "booth"])),
    st.tuples(st.just("withdraw"), st.sampled_from(_SEATS), st.integers(0, 5)),
)  # fmt: skip


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    return small_exercise(tmp_path_factory.mktemp("exercise"))


@settings(max_examples=8, deadline=None)
@given(steps=st.lists(_STEP, min_size=6, max_size=24))
def test_a_journal_of_anything_plays_to_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, exercise: Exercise, steps: list[tuple[Any, ...]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("session") / "session"
    with Session.begin(exercise, folder) as session:
        session.join("facilitator")
        session.join("bbb_police")
        for step in steps:
            before = session.digest()
            count = len(session.journal.entries)
            try:
                _do(session, *step)
            except InputError:
                # Refused: nothing but the note of the refusal is there.
                entries = session.journal.entries[count:]
                assert [e.kind for e in entries] in ([], ["refused"])
                if not entries:
                    assert session.digest() == before
        books = session.model.world.books
        assert books.tally[:11].sum(axis=0).tolist() == books.entered.tolist()
        session.model.world.rosters.verify()
        for role in (*(r.id for r in session.roles), *STAFF):
            assert [e.n for e in session.feed(role)] == list(range(1, len(session.feed(role)) + 1))
        digest = session.digest()
    with Session.resume(folder) as again:
        assert again.digest() == digest


def _do(session: Session, what: str, *given_: Any) -> None:
    if what == "decide":
        seat, measure, later, lasts = given_
        begin = session.hour + later
        session.decide(seat, measure, begin=begin, end=begin + lasts)
    elif what == "advance":
        session.advance(session.hour + given_[0])
    elif what == "join":
        session.join(given_[0].role, given_[0].number)
    elif what == "leave":
        session.leave(given_[0])
    elif what == "send":
        session.send(given_[0], ["bbb_police"], given_[1])
    elif what == "fire":
        session.fire(LEAD, given_[0])
    elif what == "hold":
        session.hold(LEAD, given_[0])
    else:
        own = [a.measure.id for a in session.actions if a.role == given_[0].role]
        session.withdraw(given_[0], own[given_[1] % len(own)] if own else "nothing")
