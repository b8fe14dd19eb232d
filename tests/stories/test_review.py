"""The review of an exercise: expected against actual, ratings, outcomes, improvement plan."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from analysis.review import COLUMNS, PLAN, findings, read_plan, write_review
from sim.errors import InputError
from sim.exercises.debrief import NOT_EXERCISED, debrief, suggest
from sim.exercises.play import Seat, Sent
from sim.exercises.session import Session
from tests.stories.commands import Command
from tests.stories.small_exercise import small_exercise

BBB, LEAD, JUDGE = Seat("bbb_police"), Seat("facilitator"), Seat("evaluator")
REINFORCE = {"kind": "staffing", "at": "sector:meadows", "officers": {"BBB": 12}}
DAY = 24


def play(folder: Path, name: str, *, order_at: int | None, refused: bool = False) -> Path:
    """Play the small exercise to its end; order officers some hours after the begin, or never."""
    place = folder / name
    with Session.begin(small_exercise(folder), place) as session:
        for seat in (BBB, LEAD, JUDGE):
            session.join(seat.role)
        begin = session.hour
        if refused:
            session.advance(begin + 1)
            with pytest.raises(InputError):
                session.decide(BBB, {**REINFORCE, "at": "sector:nowhere"})
        if order_at is not None:
            if session.hour < begin + order_at:
                session.advance(begin + order_at)
            session.decide(BBB, REINFORCE)
        session.advance(begin + 20)
        session.note(JUDGE, "Radio contact was poor <b>all night</b>", "reinforce")
        session.rate(JUDGE, "reinforce", "major_challenges", "Nobody told the other shift")
        session.advance(session.exercise.end)
    return place


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("review")


@pytest.fixture(scope="module")
def in_time(folder: Path) -> dict[str, Any]:
    return debrief(play(folder, "in_time", order_at=2))


def landing(facts: dict[str, Any]) -> dict[str, Any]:
    return next(i for i in facts["injects"] if i["id"] == "landing")


def counted(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return next(r for r in facts["outcomes"] if r["name"] == name)


def test_an_action_within_its_window_is_performed(in_time: dict[str, Any]) -> None:
    fact = landing(in_time)
    assert (fact["sent_time"], fact["until_time"]) == ("2020-03-10 07:00", "2020-03-10 10:00")
    assert (fact["met_time"], fact["delay_h"], fact["late_h"]) == ("2020-03-10 08:00", 1, 0)
    assert fact["suggested"] == "performed"
    task = in_time["tasks"][0]
    assert task["suggested"] == "performed"
    assert (task["rating"], task["changed"]) == ("major_challenges", True)
    assert task["reason"] == "Nobody told the other shift"


def test_an_order_refused_before_is_a_challenge(folder: Path) -> None:
    fact = landing(debrief(play(folder, "refused", order_at=2, refused=True)))
    assert (fact["refused"], fact["suggested"]) == (1, "some_challenges")


def test_an_action_that_never_comes_is_unable_and_a_finding(folder: Path) -> None:
    facts = debrief(play(folder, "never", order_at=None))
    assert landing(facts)["suggested"] == "unable"
    assert [f["source"] for f in findings(facts)] == [
        "inject landing", "critical task reinforce",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("met", "refused", "hour", "expected"),
    [
        (10, 0, 40, "performed"),
        (12, 0, 40, "performed"),
        (13, 0, 40, "some_challenges"),
        (15, 0, 40, "some_challenges"),
        (16, 0, 40, "major_challenges"),
        (12, 1, 40, "some_challenges"),
        (None, 0, 40, "unable"),
        (None, 0, 12, None),
    ],
)
def test_the_rule(in_time: Any, met: int | None, refused: int, hour: int, expected: Any) -> None:
    """Sent at 10, due before 13: a window of three hours."""
    inject: Any = None
    assert suggest(Sent(inject, 10, 13, met), refused, hour)[0] == expected


def test_without_orders_and_with_the_reference_plan_are_other_worlds(
    in_time: dict[str, Any],
) -> None:
    hours = counted(in_time, "officer_hours_ordered")
    # Played: 12 officers from 08:00 to the end, and the other role's reference plan has none.
    assert hours["played"] == 12 * (in_time["end"] - in_time["begin"] - 2)
    assert hours["no orders"] == 0
    assert hours["reference plan"] == 12 * DAY
    stopped = [counted(in_time, f"sector_{n}") for n in ("not_seen", "intercepted", "aborted")]
    assert any(r["played"] != r["no orders"] for r in stopped)


def test_a_session_without_players_is_its_reference_plan(folder: Path) -> None:
    place = folder / "reference"
    with Session.begin(small_exercise(folder), place) as session:
        session.advance(session.exercise.end)
    facts = debrief(place)
    assert all(r["played"] == r["reference plan"] for r in facts["outcomes"])
    assert facts["tasks"][0]["rating"] is None
    assert all(not r["played"] for r in facts["roles"])


def test_the_facts_are_those_of_the_session(folder: Path, in_time: dict[str, Any]) -> None:
    with Session.resume(folder / "in_time") as session:
        assert in_time["state"] == session.digest()
        assert in_time["journal"] == session.journal.entries[-1].hash
    assert in_time == debrief(folder / "in_time")


def test_the_page_loads_nothing_and_words_stay_words(folder: Path, in_time: dict[str, Any]) -> None:
    page = write_review(in_time, folder / "in_time").read_text(encoding="utf-8")
    assert "<script" not in page
    assert 'src="http' not in page
    assert "&lt;b&gt;all night&lt;/b&gt;" in page
    for words in ("Critical tasks", "Expected against actual", "Improvement plan",
                  "performed with major challenges (changed)"):  # fmt: skip
        assert words in page
    data = json.loads((folder / "in_time" / "review.json").read_text(encoding="utf-8"))
    assert data["tasks"] == in_time["tasks"]


def test_what_was_written_into_the_improvement_plan_stays(
    folder: Path, in_time: dict[str, Any]
) -> None:
    place = folder / "in_time"
    write_review(in_time, place)
    rows = read_plan(place / PLAN)
    assert [r["source"] for r in rows] == ["critical task reinforce"]
    rows[0] |= {"corrective_action": "Hand over in writing", "owner": "Shift lead", "due": "June"}
    with (place / PLAN).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    page = write_review(in_time, place).read_text(encoding="utf-8")
    assert read_plan(place / PLAN) == rows
    assert "Hand over in writing" in page


def test_an_improvement_plan_of_another_shape_is_refused_and_kept(
    folder: Path, in_time: dict[str, Any]
) -> None:
    place = play(folder, "odd", order_at=2)
    (place / PLAN).write_text("what,who\nradio,me\n", encoding="utf-8")
    with pytest.raises(InputError, match="improvement-plan"):
        write_review(in_time, place)
    assert (place / PLAN).read_text(encoding="utf-8") == "what,who\nradio,me\n"
    assert not (place / "review.html").exists()


def test_a_task_that_nothing_called_for_is_not_exercised(folder: Path) -> None:
    place = folder / "held"
    with Session.begin(small_exercise(folder), place) as session:
        session.join("facilitator")
        session.hold(LEAD, "landing")
        session.advance(session.exercise.end)
    facts = debrief(place)
    assert facts["tasks"][0]["suggested"] == NOT_EXERCISED
    assert landing(facts)["status"] == "held back"


def test_other_futures_stand_in_the_review(folder: Path) -> None:
    facts = debrief(folder / "in_time", [("2020-03-10 07:00", "no_action")])
    (future,) = facts["branches"]
    assert (future["at"], future["change"]) == ("2020-03-10 07:00", "no_action")
    assert future["rows"], "what nobody ordered makes no difference"
    page = write_review(facts, folder / "in_time").read_text(encoding="utf-8")
    assert "From 2020-03-10 07:00: no_action" in page


def test_the_command_writes_the_review(folder: Path, crossborder: Command) -> None:
    place = folder / "never"
    done = crossborder("exercise", "review", str(place))
    assert done.code == 0, done.err
    assert done.last.endswith("review.html")
    assert (place / PLAN).is_file()
    wrong = crossborder("exercise", "review", str(place), "--what-if", "tomorrow")
    assert wrong.code == 2
    assert "bad-change" in wrong.err
    assert "Traceback" not in wrong.err
