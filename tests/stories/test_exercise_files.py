"""Exercise files: every mistake is found at once, with line, key, rule and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.figures.exercise_timeline import exercise_timeline
from sim.errors import InputError
from sim.exercises.checking import problems_of_reading
from sim.exercises.loading import (
    exercise_from_text,
    load_exercise,
    read_exercise,
    shipped_exercises,
)
from sim.exercises.picture import timeline_facts, timeline_picture, wall_clock
from sim.exercises.rehearsal import problems_of_rehearsal, rehearse
from sim.exercises.session import Seat, Session
from sim.exercises.timeline import COLUMNS, timeline_csv
from tests.stories.small_exercise import TEXT, small_exercise, write

#: What is changed, and the rule and the key that must be named.
MISTAKES = [
    ("seed: 7", "sead: 7", "unknown-key", "sead"),
    ("scenario: small_world.yaml", "scenario: smal_world.yaml", "no-such-file", ""),
    ("at: 2020-03-10 06:00", "at: 2020-03-10 06:30", "bad-time", "at"),
    ("at: 2020-03-10 06:00", "at: noon", "bad-time", "at"),
    ("at: 2020-03-10 06:00", "at: 2021-03-10 06:00", "outside-run", "at"),
    ("until: 2020-03-10 18:00, takes: 12", "until: 2020-03-10 17:00, takes: 12", "time-plan-gap",
     "time_plan.night.from"),
    ("takes: 12 min", "takes: 12 km", "wrong-unit", "time_plan.day.takes"),
    ("{id: aaa_police,", "{id: facilitator,", "reserved-id", "roles.facilitator.id"),
    ('owns: ["country:AAA"]', 'owns: ["country:CCC"]', "unknown-country", "roles.aaa_police.owns"),
    ('knows: ["series:bbb_registered"]', 'knows: ["series:bbb"]', "unknown-series",
     "roles.aaa_police.knows"),
    ("objective: hold, text: Send", "objective: keep, text: Send", "unknown-objective",
     "critical_tasks.reinforce.objective"),
    ("critical_task: reinforce, weight", "weight", "untested-task", "critical_tasks.reinforce"),
    ("time: 2020-03-10 07:00, to: [bbb_police]", "time: 2020-03-12 07:00, to: [bbb_police]",
     "outside-exercise", "timeline.landing.time"),
    ("10:00, to: [bbb_police, aaa_police]", "10:00, to: [bbb_polise]", "unknown-role",
     "timeline.rumour.to"),
    ("kind: surge, place: riverside", "kind: serge, place: riverside", "unknown-kind",
     "timeline.landing.effect"),
    ("place: riverside, persons: 60", "place: seaside, persons: 60", "unknown-place",
     "timeline.landing.effect.place"),
    ("persons: 60, over: 4 h", "persons: -60, over: 4 h", "out-of-range",
     "timeline.landing.effect.persons"),
    ("over: 4 h, mix: boats", "over: 4 h, mix: boots", "unknown-mix",
     "timeline.landing.effect.mix"),
    ("lane_closed post=bridge stream=lorries", "lane_closed bridge stream=lorries", "bad-effect",
     "timeline.booth.effect"),
    ("over: 4 h, mix: boats", "over: 4 h, mix: boats, lasts: 3 h", "needless-key",
     "timeline.landing.effect.lasts"),
    ("staffing sector:meadows 10 by bbb_police", "staffing the meadows by bbb_police",
     "bad-expectation", "timeline.landing.expected_action"),
    ("staffing sector:meadows 10 by bbb_police", "stafing sector:meadows 10 by bbb_police",
     "unknown-kind", "timeline.landing.expected_action"),
    ("staffing sector:meadows 10 by bbb_police", "staffing sector:meadows 10 by aaa_police",
     "not-theirs", "timeline.landing.expected_action"),
    ("weight: 2, window: 3 h", "weight: 2", "missing-key", "timeline.landing.window"),
    ("weight: 2, window: 3 h", "weight: 2, window: 6 h", "bad-condition",
     "timeline.reminder.time"),
    ("condition: not landing", "condition: unless landing", "bad-condition",
     "timeline.reminder.condition"),
    ("condition: not landing", "condition: not storm", "bad-condition",
     "timeline.reminder.condition"),
    (", condition: not landing", "", "missing-key", "timeline.reminder.condition"),
    ("condition: done landing", "condition: done lending", "unknown-inject",
     "timeline.praise.condition"),
    ("status: on_call", "status: on_coll", "unknown-value", "timeline.visit.status"),
    ("means: press", "means: pigeon", "unknown-value", "timeline.rumour.means"),
    ("officers: {BBB: 12}, taken_from", "oficers: {BBB: 12}, taken_from", "unknown-key",
     "reference_plan.meadows_now.measure.oficers"),
    ("role: aaa_police, measure", "role: aaa_polis, measure", "unknown-role",
     "reference_plan.more_beds.role"),
    ("role: aaa_police, measure", "role: bbb_police, measure", "not-theirs",
     "reference_plan.more_beds.measure.at"),
    (", measure: {kind: reception_places, at: \"place:harbour\", reception_places: 160}", "",
     "missing-key", "reference_plan.more_beds"),
    ('provenance: {source: "assumed: made up for tests", status: assumed}\n', "",
     "missing-source", "timeline.landing"),
]  # fmt: skip


def problems(path: Path) -> list[tuple[str, str, int]]:
    reading = read_exercise(path)
    found = [*reading.problems, *problems_of_reading(reading)]
    return [(p.rule, p.key, p.line) for p in found]


@pytest.mark.parametrize(("old", "new", "rule", "key"), MISTAKES, ids=lambda v: str(v)[:40])
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, rule: str, key: str
) -> None:
    if TEXT.count(old) > 1:  # the first line that has it
        where = TEXT.index(old)
        path = write(tmp_path)
        path.write_text(TEXT[:where] + new + TEXT[where + len(old) :])
    else:
        path = write(tmp_path, (old, new))
    found = problems(path)
    mine = [line for r, k, line in found if r == rule and k.startswith(key)]
    assert mine, found
    if key:
        text = path.read_text().splitlines()[mine[0] - 1]
        assert re.search(r"[a-z]", text), "the line named holds something"
    with pytest.raises(InputError):
        load_exercise(path)


def test_a_sound_exercise_has_no_mistakes(tmp_path: Path) -> None:
    assert problems(write(tmp_path)) == []


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path, ("means: press", "means: pigeon"), ("condition: not landing", "condition: maybe")
    )
    assert {rule for rule, _, _ in problems(path)} >= {"unknown-value", "bad-condition"}


def test_an_exercise_comes_back_from_its_text(tmp_path: Path) -> None:
    exercise = small_exercise(tmp_path)
    again = exercise_from_text(exercise.as_text())
    assert again.as_text() == exercise.as_text()
    assert again.injects == exercise.injects
    assert again.steps == exercise.steps
    assert (again.begin, again.end) == (exercise.begin, exercise.end)


def test_a_timeline_goes_out_as_a_table_and_comes_back_the_same(tmp_path: Path) -> None:
    one = small_exercise(tmp_path)
    table = timeline_csv(i.spec for i in one.injects)
    assert table.splitlines()[0] == ",".join(COLUMNS)
    other = tmp_path / "other"
    other.mkdir()
    path = write(other)
    text = path.read_text()
    begin, end = text.index("timeline:\n"), text.index("reference_plan:")
    path.write_text(text[:begin] + "timeline_table: events.csv\n" + text[end:])
    (path.parent / "events.csv").write_text(table)
    two = load_exercise(path)
    assert [i.effect for i in two.injects] == [i.effect for i in one.injects]
    assert timeline_csv(i.spec for i in two.injects) == table
    assert rehearse(two).digest != ""


def test_two_sessions_with_the_same_words_have_the_same_digest_without_them(
    tmp_path: Path,
) -> None:
    exercise = small_exercise(tmp_path)

    def played(name: str, *sent: str) -> tuple[str, str]:
        with Session.begin(exercise, tmp_path / name) as session:
            session.join("bbb_police")
            for words in sent:
                session.send(Seat("bbb_police"), ["aaa_police"], words)
            session.advance(session.hour + 2)
            return session.digest(), session.digest(words=False)

    (one, plain), (other, same) = played("one", "A boat", "Two"), played("other", "A boat", "Two")
    assert plain == same
    assert one != other, "the salt of a text is drawn anew"
    assert played("third", "A boat")[1] != plain


def test_mistakes_of_a_table_name_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, ("notes: |\n", "timeline_table: events.csv\nnotes: |\n"))
    (path.parent / "events.csv").write_text(
        "time,id,to,text,means,colour\n"
        "2020-03-10 09:00,one,bbb_police,Hello,phone,red\n"
        "2020-03-10 25:00,two,bbb_police,Hello,phone,red\n"
        "2020-03-10 09:00,landing,bbb_police,Hello,phone,red\n"
        "2020-03-10 09:00,short\n"
    )
    found = problems(path)
    assert ("unknown-key", "colour", 1) in found
    assert ("csv-columns", "", 5) in found
    assert ("duplicate-id", "timeline.landing", 4) in found
    assert ("bad-time", "timeline.two.time", 3) in found


def test_a_dry_run_plays_the_reference_plan_and_tells_what_fails(tmp_path: Path) -> None:
    played = rehearse(small_exercise(tmp_path))
    assert played.refused == played.failed == {}
    assert played.hours == 36
    assert played.unmet == ()
    assert played.on_call == ("visit",)
    assert set(played.skipped) == {"reminder"}
    path = write(tmp_path, ("officers: {BBB: 12}, taken_from", "officers: {BBB: 41}, taken_from"),
                 ("weight: 2, window: 3 h", "weight: 2, window: 1 h"))  # fmt: skip
    reading = read_exercise(path)
    bad = rehearse(load_exercise(path))
    assert set(bad.refused) == {"meadows_now"}
    assert bad.unmet == ("landing",)
    told = problems_of_rehearsal(reading, bad)
    assert [(p.rule, p.key) for p in told] == [("refused-step", "reference_plan.meadows_now")]
    assert told[0].line == path.read_text().splitlines().index(
        next(line for line in path.read_text().splitlines() if "id: meadows_now" in line)
    ) + 1  # fmt: skip


def test_the_picture_shows_windows_steps_and_jumps(tmp_path: Path) -> None:
    lines = list(timeline_picture(small_exercise(tmp_path)))
    rows = {line.split()[0]: line for line in lines[2:-1]}
    assert "E-----" in rows["landing"]
    assert "*" in rows["meadows_now"]
    assert "~" in lines[1]
    assert all(len(line) <= 120 for line in lines)
    assert wall_clock(small_exercise(tmp_path))[1][5] == "jump"


def test_a_drawn_timeline_has_every_inject_and_step_at_its_hour(tmp_path: Path) -> None:
    exercise = small_exercise(tmp_path)
    facts = timeline_facts(exercise)
    assert facts["ticks"][:2] == [
        {"hour": 0, "text": "06:00\n10 Mar"}, {"hour": 3, "text": "09:00\n10 Mar"},
    ]  # fmt: skip
    assert [b["minutes"] for b in facts["blocks"]] == [12, 0, 9]
    (ax,) = exercise_timeline(facts).axes
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == [i.spec.id for i in exercise.injects] + ["meadows now", "more beds"]
    marks = {
        names[int(line.get_ydata()[0])]: float(line.get_xdata()[0])  # type: ignore[index, arg-type]
        for line in ax.lines if len(line.get_xdata()) == 1  # type: ignore[arg-type]
    }  # fmt: skip
    assert marks == {
        "landing": 1, "booth": 3, "rumour": 4, "praise": 5, "reminder": 5, "storm": 14,
        "visit": 27, "meadows now": 2, "more beds": 6,
    }  # fmt: skip
    (window,) = [bar for bar in ax.patches if getattr(bar, "get_height", lambda: 0)() == 0.5]
    assert (window.get_x(), window.get_width()) == (1, 3)  # type: ignore[attr-defined]
    words = {t.get_text() for t in ax.texts}
    assert {"bbb police", "aaa police", "bbb police, aaa police", "all", " 0 min"} <= words


@pytest.mark.parametrize("name", sorted(shipped_exercises()))
def test_a_shipped_exercise_has_no_mistakes_and_says_how_to_lead_it(name: str) -> None:
    reading = read_exercise(name)
    assert [*reading.problems, *problems_of_reading(reading)] == []
    exercise = load_exercise(name)
    assert exercise.id == name
    assert len(exercise.text.notes) > 400
    assert exercise.steps
    assert exercise.text.critical_tasks
    expected = [i for i in exercise.injects if i.expectation is not None]
    assert len(expected) >= 3
