"""A session: what is played, who may do what, what each role knows, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.exercises.loading import Exercise
from sim.exercises.session import Seat, Session
from tests.stories.small_exercise import small_exercise

BBB, AAA = Seat("bbb_police"), Seat("aaa_police")
LEAD, JUDGE, GUEST = Seat("facilitator"), Seat("evaluator"), Seat("observer")
REINFORCE = {"kind": "staffing", "at": "sector:meadows", "officers": {"BBB": 10}}


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    return small_exercise(tmp_path_factory.mktemp("exercise"))


@pytest.fixture
def session(exercise: Exercise, tmp_path: Path) -> Iterator[Session]:
    with Session.begin(exercise, tmp_path / "session") as session:
        for seat in (BBB, LEAD, JUDGE, GUEST):
            session.join(seat.role, seat.number)
        yield session


def kinds(session: Session, role: str) -> list[str]:
    return [event.kind for event in session.feed(role)]


def texts(session: Session, role: str, kind: str) -> list[str]:
    return [e.text for e in session.feed(role) if e.kind == kind]


def rules(caught: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [p.rule for p in caught.value.problems]


def test_it_begins_at_its_hour_and_injects_come_at_theirs(session: Session) -> None:
    assert session.time == "2020-03-10 06:00"
    session.advance(session.hour + 3)
    assert session.time == "2020-03-10 09:00"
    assert texts(session, "bbb_police", "inject") == ["Boats have landed.", "A booth is broken."]
    assert texts(session, "aaa_police", "inject") == []
    assert [e.n for e in session.feed("bbb_police")] == [1, 2, 3]
    assert session.feed("bbb_police", after=2)[0].text == "A booth is broken."


def test_effects_change_the_world_and_revert(session: Session) -> None:
    world = session.model.world
    assert world.posts is not None
    lanes = [float(world.posts.lanes[1])]
    persons = int(world.books.entered[0])
    duration = [float(world.legs.duration.max())]
    for hours in (4, 7, 6, 6):
        session.advance(session.hour + hours)
        lanes.append(float(world.posts.lanes[1]))
        duration.append(float(world.legs.duration.max()))
    assert lanes == [2, 1, 2, 2, 2]
    assert duration == [8, 8, 8, 16, 8]
    surge = world.books.entered[0] - persons
    usual = 300 / 31 * 23 / 24
    assert surge > 60 + usual / 3
    assert int(world.books.tally[:11, 0].sum()) == int(world.books.entered[0])


def test_a_surge_is_exactly_its_persons_and_changes_no_other_party(
    exercise: Exercise, tmp_path: Path
) -> None:
    with (
        Session.begin(exercise, tmp_path / "with") as one,
        Session.begin(exercise, tmp_path / "without") as two,
    ):
        two.join("facilitator")
        two.hold(LEAD, "landing")
        for session in (one, two):
            session.advance(session.hour + 12)
        crowds = [s.model.world.crowd for s in (one, two)]
        persons = [int(s.model.world.books.entered[0]) for s in (one, two)]
    assert persons[0] - persons[1] == 60
    keys = [set(c.key[: c.present].tolist()) for c in crowds]
    assert keys[0] == keys[1]


def test_a_decision_changes_the_world_from_its_hour(session: Session) -> None:
    books = session.model.world.rosters.books
    session.advance(session.hour + 2)
    receipt = session.decide(BBB, {**REINFORCE, "summary": "Now"}, end="2020-03-10 12:00")
    assert receipt.begin == session.hour
    assert receipt.end == session.hour + 4
    before = books()["BBB", "border_police"]
    session.advance(session.hour + 1)
    assert books()["BBB", "border_police"] == before + 10
    session.advance(session.hour + 4)
    assert books()["BBB", "border_police"] == before
    assert session.actions[0].measure.kind == "staffing"
    assert session.actions[0].seat == 1


def test_a_decision_may_be_withdrawn_by_its_role_only(session: Session) -> None:
    session.join("aaa_police")
    receipt = session.decide(BBB, REINFORCE)
    session.advance(session.hour + 2)
    with pytest.raises(InputError) as caught:
        session.withdraw(AAA, receipt.id)
    assert rules(caught) == ["not-in-force"]
    session.withdraw(BBB, receipt.id)
    session.advance(session.hour + 1)
    assert session.model.world.rosters.books()["BBB", "border_police"] == 100


@pytest.mark.parametrize(
    ("measure", "when", "rule", "says"),
    [
        ({**REINFORCE, "at": "sector:medows"}, None, "unknown-sector", "Did you mean"),
        ({**REINFORCE, "officers": {"AAA": 5}}, None, "not-theirs", "officers of AAA"),
        ({**REINFORCE, "officers": {"BBB": "ten"}}, None, "not-a-number", "ten"),
        ({**REINFORCE, "officers": {"BBB": 1e308}}, None, "out-of-range", "officers"),
        ({**REINFORCE, "oficers": 1}, None, "unknown-key", "officers"),
        ({"kind": "reception_places", "at": "place:harbour", "reception_places": 5}, None,
         "not-theirs", "does not decide on place:harbour"),
        ({**REINFORCE, "taken_from": {"BBB": "post:bridge"}, "officers": {"BBB": 41}}, None,
         "not-enough-officers", "has 40 border_police"),
        (REINFORCE, "2020-03-10 05:00", "in-the-past", "has passed"),
        (REINFORCE, "2020-03-12 05:00", "outside-exercise", "end"),
        (REINFORCE, "half past ten", "bad-time", "2018-08-13 06:00"),
        ({"kind": "fly"}, None, "unknown-kind", "fly"),
        ({}, None, "missing-key", "kind"),
    ],
)  # fmt: skip
def test_a_refused_decision_says_why_and_changes_nothing(
    session: Session, measure: dict[str, object], when: str | None, rule: str, says: str
) -> None:
    before = session.model.world.rosters.books()
    with pytest.raises(InputError) as caught:
        session.decide(BBB, measure, begin=when)
    assert rule in rules(caught)
    assert says in str(caught.value)
    assert session.actions == ()
    assert session.model.world.rosters.books() == before
    assert "refused" in kinds(session, "bbb_police")
    assert "refused" not in kinds(session, "aaa_police")
    assert session.journal.entries[-1].kind == "refused"


def test_nobody_acts_for_another_role(session: Session) -> None:
    with pytest.raises(InputError) as caught:
        session.decide(AAA, REINFORCE)  # nobody has joined as aaa_police
    assert rules(caught) == ["no-seat"]
    for seat in (LEAD, JUDGE, GUEST):
        with pytest.raises(InputError) as caught:
            session.decide(seat, REINFORCE)
        assert rules(caught) == ["not-theirs"]
    for act in (
        lambda s: s.fire(BBB, "visit"),
        lambda s: s.hold(GUEST, "visit"),
        lambda s: s.set_pace(BBB, running=True),
        lambda s: s.advance(s.hour + 1, BBB),
        lambda s: s.put_inject(JUDGE, {"id": "x"}),
        lambda s: s.rate(LEAD, "reinforce", "performed"),
        lambda s: s.note(BBB, "hm"),
        lambda s: s.send(GUEST, ["bbb_police"], "psst"),
    ):
        with pytest.raises(InputError) as caught:
            act(session)
        assert rules(caught) == ["not-theirs"]


def test_a_role_has_as_many_seats_as_its_file_says(session: Session) -> None:
    session.join("bbb_police", 2)
    for number, rule in ((2, "seat-taken"), (3, "no-seat"), (0, "no-seat")):
        with pytest.raises(InputError) as caught:
            session.join("bbb_police", number)
        assert rules(caught) == [rule]
    with pytest.raises(InputError) as caught:
        session.join("president")
    assert rules(caught) == ["unknown-role"]


def test_a_contingency_comes_only_where_the_expected_action_has_not(session: Session) -> None:
    session.advance(session.hour + 6)
    assert "Why is nobody at the meadows?" in texts(session, "bbb_police", "inject")
    assert "Well done." not in texts(session, "bbb_police", "inject")
    late = next(s for s in session.sent if s.inject.spec.id == "landing")
    assert (late.met, late.late) == (None, True)
    session.decide(BBB, REINFORCE)
    late = next(s for s in session.sent if s.inject.spec.id == "landing")
    assert late.met == session.hour == late.until + 2


def test_an_action_in_time_meets_the_expectation(session: Session) -> None:
    session.advance(session.hour + 2)
    session.decide(BBB, {**REINFORCE, "officers": {"BBB": 9}})  # 10 are expected
    session.advance(session.hour + 1)
    receipt = session.decide(BBB, REINFORCE)
    session.advance(session.hour + 3)
    sent = next(s for s in session.sent if s.inject.spec.id == "landing")
    assert (sent.met, sent.by, sent.late) == (receipt.begin, receipt.id, False)
    assert "Well done." in texts(session, "bbb_police", "inject")
    assert "Why is nobody at the meadows?" not in texts(session, "bbb_police", "inject")


def test_a_role_without_a_player_follows_the_reference_plan_and_says_so(
    session: Session,
) -> None:
    session.advance(session.hour + 8)
    said = texts(session, "aaa_police", "decision")
    assert len(said) == 1
    assert "aaa_police has no player and follows the reference plan" in said[0]
    assert [(a.role, a.seat, a.step) for a in session.actions] == [("aaa_police", 0, "more_beds")]
    assert session.model.world.reception.capacity.max() == 160
    assert session.view("aaa_police")["follows_reference_plan"]
    assert not session.view("bbb_police")["follows_reference_plan"]


def test_messages_reach_their_role_and_the_staff_and_leave_the_world_alone(
    session: Session,
) -> None:
    session.join("aaa_police")
    before = session.model.world.crowd.due.tobytes()
    session.send(BBB, ["aaa_police"], "<b>Are they coming</b> our way?")
    assert texts(session, "aaa_police", "message") == ["<b>Are they coming</b> our way?"]
    for role, heard in (("facilitator", 1), ("evaluator", 1), ("observer", 0), ("bbb_police", 1)):
        assert kinds(session, role).count("message") == heard
    assert session.model.world.crowd.due.tobytes() == before
    for text in ("", " ", "x" * 5000):
        with pytest.raises(InputError):
            session.send(BBB, ["aaa_police"], text)


def test_a_view_holds_what_the_role_knows_and_no_truth(session: Session) -> None:
    session.advance(session.hour + 6)
    own, other, lead = (session.view(r) for r in ("bbb_police", "aaa_police", "facilitator"))
    assert [p["id"] for p in own["posts"]] == ["bridge"]
    assert [s["id"] for s in own["sectors"]] == ["meadows"]
    assert {p["country"] for p in own["places"]} == {"BBB"}
    assert other["posts"] == other["sectors"] == []
    assert {p["country"] for p in other["places"]} == {"AAA"}
    assert set(own["series"]) == set(other["series"]) == {"bbb_registered"}
    for view in (own, other, session.view("observer")):
        assert "truth" not in view
    assert "staff" not in own
    # Observers read what was sent; what is to come, and what it does, is for those who run it.
    seen = session.view("observer")["staff"]["timeline"]
    planned = lead["staff"]["timeline"]
    assert {r["id"] for r in seen} == {r["id"] for r in planned if r["sent"] is not None}
    assert len(seen) < len(planned)
    assert not any(r["effect"] or r["expected_action"] for r in seen)
    # What a patrol did not see, and what is on its way, is known to the staff only.
    assert set(lead["truth"]["sectors"]["meadows"]) > {"not_seen"}
    assert set(own["sectors"][0]) & {"not_seen", "lost", "tried"} == set()
    # Nothing but its words tells a false report from a true one.
    assert "Hundreds at the riverside." in [r["text"] for r in own["reports"]]
    assert len({frozenset(r) for r in own["reports"]}) == 1
    heard = [e.facts for e in session.feed("bbb_police") if e.kind == "inject"]
    assert [set(facts) for facts in heard] == [{"means"}] * len(heard)
    assert [r["claims"] for r in lead["reports"] if "claims" in r] == [300]
    assert "false" not in str(own["reports"]).lower()
    assert "false report" in " ".join(texts(session, "facilitator", "effect"))


def test_the_facilitator_fires_holds_adds_and_edits(session: Session) -> None:
    session.fire(LEAD, "visit")
    assert "A delegation arrives." in texts(session, "bbb_police", "inject")
    session.hold(LEAD, "booth")
    session.put_inject(LEAD, {
        "id": "extra", "time": "2020-03-10 08:00", "to": ["bbb_police"], "from": "Lead",
        "text": "A second boat.", "effect": "surge place=riverside persons=20 over=2h mix=boats",
    })  # fmt: skip
    session.put_inject(LEAD, {"id": "storm", "time": "2020-03-10 10:00", "text": "No storm."})
    session.advance(session.hour + 15)
    heard = texts(session, "bbb_police", "inject")
    assert "A second boat." in heard
    assert "No storm." in heard
    assert "A booth is broken." not in heard
    assert "Storm over the meadows." not in heard
    with pytest.raises(InputError) as caught:
        session.fire(LEAD, "storm")
    assert rules(caught) == ["inject-sent"]
    with pytest.raises(InputError) as caught:
        session.put_inject(LEAD, {"id": "bad", "time": "2020-03-11 08:00", "text": "x",
                                  "effect": {"kind": "surge", "place": "riverbed"}})  # fmt: skip
    assert set(rules(caught)) >= {"missing-key"}
    with pytest.raises(InputError) as caught:
        session.put_inject(LEAD, {"id": "late", "time": "2020-03-10 07:00", "text": "x"})
    assert rules(caught) == ["in-the-past"]


def test_clock_pace_and_jump(session: Session) -> None:
    assert session.default_speed() == 1.0
    assert session.default_speed(session.exercise.begin + 13) == float("inf")
    assert session.default_speed(session.exercise.end - 1) == 2.0
    session.set_pace(LEAD, running=True, speed=4)
    assert (session.pace.running, session.pace.speed) == (True, 4.0)
    session.advance(session.hour + 5, LEAD)
    assert session.journal.entries[-1].kind == "jump"
    with pytest.raises(InputError) as caught:
        session.advance(session.hour)
    assert rules(caught) == ["in-the-past"]
    session.advance(10_000)
    assert session.over
    assert session.hour == session.exercise.end
    with pytest.raises(InputError) as caught:
        session.decide(BBB, REINFORCE)
    assert rules(caught) == ["exercise-over"]


def test_notes_and_ratings_are_kept_for_the_review(session: Session) -> None:
    session.note(GUEST, "They hesitated")
    session.rate(JUDGE, "reinforce", "some_challenges", "late by an hour")
    assert [session.journal.text(e.n) for e in session.notes] == ["They hesitated"]
    assert [e.body["rating"] for e in session.ratings] == ["some_challenges"]
    with pytest.raises(InputError) as caught:
        session.rate(JUDGE, "reenforce", "performed")
    assert rules(caught) == ["unknown-critical-task"]
