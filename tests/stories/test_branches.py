"""Bots, replay and branch: the same again exactly, and another future with the same chance."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.exercises.bots import Bots
from sim.exercises.branching import BranchChange, branch, read_change
from sim.exercises.replaying import Record, read_record, replay, write_run
from sim.exercises.session import Seat, Session
from sim.records.hashing import run_hash
from sim.records.run_reader import RunFolder
from tests.stories.small_exercise import small_exercise

POLICE = Seat("bbb_police")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A session that bots played to the end, and its digest."""
    folder = tmp_path_factory.mktemp("played")
    with Session.begin(small_exercise(folder), folder / "session") as session:
        bots = Bots(session)
        bots.play()
        assert bots.refused == {}
        return folder / "session", session.digest()


@pytest.fixture(scope="module")
def record(played: tuple[Path, str]) -> Record:
    return read_record(played[0])


def test_bots_order_the_reference_plan_at_its_hours(record: Record) -> None:
    orders = [e for e in record.entries if e.kind == "decision"]
    steps = record.exercise.steps
    assert [e.body["measure"]["id"] for e in orders] == [s.spec.id for s in steps]
    assert [e.hour for e in orders] == [s.hour for s in steps]
    assert record.text(orders[0].n) == "The landing is near the meadows"
    assert record.entries[-1].body["until"] == record.exercise.end


def test_bots_and_unattended_roles_do_the_same(played: tuple[Path, str], tmp_path: Path) -> None:
    with Session.begin(small_exercise(tmp_path), tmp_path / "empty") as session:
        session.advance(session.exercise.end)
        alone = session.model.world.crowd
        mine = (alone.state[: alone.size].tobytes(), alone.due[: alone.size].tobytes())
    crowd = replay(read_record(played[0])).model.world.crowd
    assert mine == (crowd.state[: crowd.size].tobytes(), crowd.due[: crowd.size].tobytes())


def test_a_replay_is_the_session(played: tuple[Path, str], record: Record) -> None:
    assert replay(record).digest() == played[1]


def test_a_replay_is_written_as_a_run_folder(record: Record, tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "two"):
        folder = RunFolder.open(write_run(replay(record), tmp_path / name))
        hashes.append(run_hash(folder))
    assert hashes[0] == hashes[1]
    exercise = record.exercise
    assert folder.manifest["exercise"] == "small_exercise"
    assert folder.manifest["exercise_hours"] == [exercise.begin, exercise.end]
    hourly = folder.table("hourly_flows")
    daily = folder.table("flows")
    events = folder.table("events")
    assert hourly is not None
    assert daily is not None
    assert events is not None
    assert exercise.begin - 3 < hourly["hour"].min()
    day = exercise.begin // 24 + 1
    assert (
        hourly[hourly["hour"] // 24 == day]["persons"].sum()
        == daily[daily["day"] == day]["persons"].sum()
        > 0
    )
    assert {"meadows_now: +12 border_police of BBB", "inject_booth_0: lanes.lorries = 1.0"} <= set(
        events["text"]
    )


def test_a_branch_without_a_change_differs_in_nothing(record: Record) -> None:
    same = branch(record, "2020-03-10 07:00", [])
    assert same.parted == ()
    assert len(same.differences) == 0


def test_a_branch_without_the_order_shows_what_it_did(record: Record) -> None:
    other = branch(record, "2020-03-10 07:00", [read_change("drop meadows_now")])
    rows = other.differences.set_index(["outcome", "subject"])
    hours = rows.loc["patrol_unit_hours", "sector:meadows"]
    assert hours["difference"] < 0
    assert hours["original"] - hours["branch"] == -hours["difference"]
    assert other.original.hour == other.changed.hour
    assert [a.measure.id for a in other.changed.actions] == ["more_beds"]
    # What happened before is the same to the last party.
    assert other.original.history.hours == other.changed.history.hours
    for one, two in zip(other.original.history.sectors[:2], other.changed.history.sectors[:2],
                        strict=True):  # fmt: skip
        assert one.tolist() == two.tolist()


def test_no_action_and_the_reference_plan(record: Record) -> None:
    nothing = branch(record, "2020-03-10 06:00", [read_change("no_action")])
    assert nothing.changed.actions == []
    assert len(nothing.differences) > 0
    plan = branch(record, "2020-03-10 06:00", [read_change("reference")])
    assert [a.step for a in plan.changed.actions] == ["meadows_now", "more_beds"]
    assert len(plan.differences) == 0


def test_orders_are_moved_changed_added_and_injects_dropped(record: Record) -> None:
    changes = [
        read_change("set meadows_now.officers.BBB=3"),
        read_change("move more_beds 2020-03-10 15:00"),
        read_change("add bbb_police kind=lanes at=post:bridge lanes.cars=1"),
        read_change("drop landing"),
    ]
    other = branch(record, "2020-03-10 07:00", changes).changed
    orders = {a.measure.id: a for a in other.actions}
    assert orders["meadows_now"].measure.postings()[0].officers == 3
    assert orders["more_beds"].begin == record.exercise.begin + 9
    assert orders["branch_3"].measure.kind == "lanes"
    assert "landing" not in other.sent
    assert "reminder" not in other.sent


def test_an_order_that_is_no_longer_possible_is_told(record: Record) -> None:
    change = BranchChange("set", "meadows_now", "officers", {"BBB": 90})
    other = branch(record, "2020-03-10 07:00", [change])
    assert [name for name, _ in other.parted] == ["meadows_now"]
    assert "not-enough-officers" in other.parted[0][1]


@pytest.mark.parametrize(
    ("at", "change", "rule"),
    [
        ("2020-03-10 07:00", "drop nothing_like_it", "unknown-order"),
        ("2020-03-10 09:00", "drop meadows_now", "in-the-past"),
        ("2020-03-10 07:00", "move meadows_now 2020-03-10 06:00", "in-the-past"),
        ("2020-03-10 07:00", "move meadows_now soon", "bad-time"),
        ("2020-03-10 07:00", "set landing.weight=2", "bad-change"),
        ("2020-03-10 07:00", "dance", "bad-change"),
        ("2020-03-10 07:00", "add bbb_police 'kind=lanes", "bad-change"),
        ("2020-03-10 07:00", "add president kind=lanes", "unknown-role"),
        ("2020-03-09 07:00", "no_action", "outside-exercise"),
        ("noon", "no_action", "bad-time"),
    ],
)
def test_a_branch_that_makes_no_sense_is_refused(
    record: Record, at: str, change: str, rule: str
) -> None:
    with pytest.raises(InputError) as caught:
        branch(record, at, [read_change(change)])
    assert [p.rule for p in caught.value.problems] == [rule]
