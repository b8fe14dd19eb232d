"""An exercise with a cooperation centre: an empty desk, requests, and what a role hears of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.exercises.loading import Exercise, load_exercise
from sim.exercises.session import Seat, Session
from tests.model_runs import table
from tests.stories import small_exercise
from tests.stories.centre_world import centre_text
from tests.stories.small_world import write

DESK = Seat("aaa_desk")
#: A Tuesday; the desks are open from 8 to 16.
CHANGES = (
    ("effect: lane_closed post=bridge stream=lorries lanes=1 lasts=6h",
     "effect: desk_unavailable desk=mill_aaa lasts=3h"),
    ("objectives:\n",
     '  - {id: aaa_desk, name: Desk of Avaland, country: AAA, owns: ["desk:mill_aaa"], '
     'knows: ["centre:mill"]}\nobjectives:\n'),
)  # fmt: skip


#: The countries of the mill tell each other what they know.
AGREED = (
    "centres:\n",
    "agreements:\n  - {id: mill, parties: [AAA, BBB], powers: [information_exchange]}\ncentres:\n",
)


def exercise_with_desks(folder: Path) -> Exercise:
    write(folder, text=centre_text(AGREED))
    return load_exercise(
        write(folder, *CHANGES, text=small_exercise.TEXT, name="small_exercise.yaml")
    )


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    return exercise_with_desks(tmp_path_factory.mktemp("exercise"))


def on_duty(session: Session) -> float:
    desks = session.view("aaa_desk")["centres"][0]["desks"]
    return next(float(d["officers_on_duty"]) for d in desks if d["id"] == "mill_aaa")


def test_an_empty_desk_is_empty_and_is_staffed_again(exercise: Exercise, tmp_path: Path) -> None:
    with Session.begin(exercise, tmp_path / "session") as session:
        session.join("aaa_desk")
        duty = {}
        for _ in range(12):
            session.advance(session.hour + 1)
            duty[session.time[11:13]] = on_duty(session)
        # The state told at an hour is that of the hour before it.
        assert duty["07"] == 0
        assert duty["09"] > 0
        assert [duty[h] for h in ("10", "11", "12")] == [0, 0, 0]
        assert duty["13"] == duty["16"] == duty["09"]
        assert duty["17"] == 0
        session.model.run()
        desks = table(session.model, "desks")
        day = session.exercise.begin // 24
        row = desks[(desks["day"] == day) & (desks["desk"] == "mill_aaa")].iloc[0]
        assert row["on_duty"] == 5 * duty["09"]


def test_a_role_with_a_desk_hears_answers_and_sees_its_requests(
    exercise: Exercise, tmp_path: Path
) -> None:
    with Session.begin(exercise, tmp_path / "session") as session:
        session.advance(session.exercise.end)
        mine, police = session.view("aaa_desk"), session.view("bbb_police")
        assert [c["id"] for c in mine["centres"]] == ["mill"]
        # The police of Belmark owns its country, and with it the desk of its country.
        assert "mill" in [c["id"] for c in police["centres"]]
        found = police["requests"]
        assert found["asked"] > 0
        assert found["latest"][0]["asking"] == "BBB"
        assert mine["requests"]["to_answer"] == found["asked"]
        # What an answer held is known to the one who asked, not to the one who answered.
        theirs = {r["id"]: r for r in mine["requests"]["latest"]}
        for request in found["latest"]:
            assert (request["hit"] is None) == (request["answered"] is None)
            assert theirs.get(request["id"], {"hit": None})["hit"] is None
        told = [e for e in session.feed("bbb_police") if e.kind == "answers"]
        book = session.model.world.requests.book
        came = book.answered[: book.size]
        inside = (came > session.exercise.begin) & (came <= session.exercise.end)
        assert sum(int(e.facts["count"]) for e in told) == int(inside.sum()) > 0
        assert session.view("facilitator")["requests"]["asked"] == book.size


def test_a_desk_decides_on_itself_only(exercise: Exercise, tmp_path: Path) -> None:
    with Session.begin(exercise, tmp_path / "session") as session:
        session.join("aaa_desk")
        shorter = {"kind": "centre_desk", "hours": "08:00-09:00"}
        session.decide(DESK, {**shorter, "at": "desk:mill_aaa"})
        for target in ("desk:mill_bbb", "centre:mill"):
            with pytest.raises(InputError, match="not-theirs"):
                session.decide(DESK, {**shorter, "at": target})
        session.advance(session.hour + 3)
        assert on_duty(session) > 0
        session.advance(session.hour + 4)
        assert on_duty(session) == 0
        digest = session.digest()
    with Session.resume(tmp_path / "session") as again:
        assert again.digest() == digest


def test_a_stand_in_ends_an_absence_and_nothing_else_may_be_set_twice(
    exercise: Exercise, tmp_path: Path
) -> None:
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    with Session.begin(exercise, tmp_path / "session") as session:
        session.join("aaa_desk")
        session.advance(session.hour + 4)
        assert on_duty(session) == 0
        again = {"kind": "centre_desk", "at": "desk:mill_aaa", "days": every_day}
        session.decide(DESK, again, end="2020-03-10 16:00")
        session.advance(session.hour + 1)
        assert on_duty(session) > 0
        with pytest.raises(InputError, match="overlapping-measures"):
            session.decide(DESK, again)
        digest = session.digest()
    with Session.resume(tmp_path / "session") as session:
        assert session.digest() == digest
