"""People's rights are fixed: nothing laid over a scenario lowers them, in no draw and no hour.

Rows and measures below the scenario's own are refused in ``scenario_mistakes.csv`` one by one.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.errors import InputError, Problem
from sim.exercises.session import Seat, Session
from sim.model import BorderModel
from sim.scenario.checks.rights import RAISED_BY_MEASURES
from sim.scenario.drawing import drawn
from sim.scenario.loading import check, load, shipped
from tests.model_runs import measure
from tests.stories import small_exercise
from tests.stories.small_world import small_world, write
from tests.stories.test_readmission_mistakes import ROWS

HISTORY = """\
history:
  - {id: lawyers, kind: screening, at: country:BBB, from: 2020-03-10, until: 2020-04-10, access_share: 90 %}
powers:
"""  # noqa: E501
RANGE = ("access_share: 80 %", "access_share: {value: 0.6, low: 0.3, high: 0.9}")


def found(
    folder: Path, *changes: tuple[str, str], plan: str = "", sets: tuple[str, ...] = ()
) -> list[Problem]:
    """Return the problems of a small plan, or of settings, over the small world."""
    write(folder, *changes)
    plans = [str(write(folder, text=f"plan: p\nsummary: P\n{plan}", name="p.yaml"))] if plan else []
    try:
        load(str(folder / "small_world.yaml"), plans, sets)
    except InputError as error:
        return list(error.problems)
    return []


def told(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(p.rule, p.key) for p in problems]


# Rows ---------------------------------------------------------------------------------------------


def test_a_row_says_what_it_was_and_that_it_may_not_be_lowered(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, sets=("screening.bbb.reflection=0 h",))
    assert problem.message == "reflection of BBB was 720 h; no plan or setting may lower it"


def test_a_scenarios_own_file_says_what_a_state_does(tmp_path: Path) -> None:
    path = write(tmp_path, ("reflection: 30 d", "reflection: 0 h"), RANGE)
    assert check(str(path)) == ()


@pytest.mark.parametrize(
    "text",
    ["access_share=90 %", "registered_share=70 %", "referral_share=1", "reflection=45 d",
     "identify_share=0 %", "false_share=50 %", "interview=5 min", "interviews_per_day=0"],
)  # fmt: skip
def test_rights_may_be_raised_and_practice_is_free(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, sets=(f"screening.bbb.{text}",)) == []


@pytest.mark.parametrize(
    ("share", "allowed"),
    [("{value: 0.6, low: 0.3, high: 0.9}", True), ("{value: 0.7, low: 0.4, high: 1}", True),
     ("{value: 0.6, low: 0.2, high: 0.9}", False), ("{value: 0.5, low: 0.3, high: 0.9}", False),
     ("{value: 0.6, low: 0.3, high: 0.8}", False), ("0.75", False), ("0.9", True),
     ("{value: 0.6, low: 0.3, high: 0.9, scale: log}", False)],
)  # fmt: skip
def test_no_draw_of_a_row_may_be_lower(tmp_path: Path, share: str, allowed: bool) -> None:
    problems = found(tmp_path, RANGE, sets=(f"screening.bbb.access_share={share}",))
    assert told(problems) == [] if allowed else [("rights-lowered", "screening.bbb.access_share")]
    assert all("was 0.6 (low 0.3, high 0.9)" in p.message for p in problems)


def test_a_row_that_is_taken_out_may_come_back_under_another_id_as_good(tmp_path: Path) -> None:
    gone = "remove: [screening.bbb]\n"
    row = (
        "screening:\n  - {id: other, country: BBB, access_share: 80 %, registered_share: 70 %, "
        "identify_share: 0 %, false_share: 0 %, interview: 1 h, interviews_per_day: 1, "
        "referral_share: 70 %, reflection: 30 d}\n"
    )
    assert ("rights-lowered", "screening.bbb") in told(found(tmp_path, plan=gone))
    assert found(tmp_path, plan=gone + row) == []
    assert told(found(tmp_path, plan=gone + row.replace("30 d", "3 d"))) == [
        ("rights-lowered", "screening.other.reflection")
    ]


# Claims on tracks of readmission ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [("claim_share=9 %", "claim_share"), ("claim_share=10 %", ""), ("claim_share=30 %", ""),
     ("claim_delay=7 h", "claim_delay"), ("claim_delay=1 h", ""), ("answer=1 h", ""),
     ("accept_share=0 %", "")],
)  # fmt: skip
def test_claims_on_a_track_get_neither_fewer_nor_later(tmp_path: Path, text: str, key: str) -> None:
    problems = found(tmp_path, ("powers:\n", ROWS), sets=(f"readmission.near.{text}",))
    assert told(problems) == ([("rights-lowered", f"readmission.near.{key}")] if key else [])


def test_a_track_written_anew_under_another_id_keeps_its_claims(tmp_path: Path) -> None:
    rows = ROWS[ROWS.index("readmission:") : ROWS.index("investigations:")]
    rows = rows.replace("id: near", "id: nearer")
    gone = "remove: [readmission.near, measures.quick]\n"
    world = ("powers:\n", ROWS)
    assert found(tmp_path, world, plan=gone + rows) == []
    fewer = rows.replace("claim_share: 10 %", "claim_share: 0 %")
    assert told(found(tmp_path, world, plan=gone + fewer)) == [
        ("rights-lowered", "readmission.nearer.claim_share")
    ]


# History ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        # What lowers a right cannot come as history, on a condition neither.
        ("history:\n  - {id: a, kind: screening, at: country:BBB, from: 2020-03-01, "
         "until: 2020-03-05, access_share: 0 %}\n", "history.a.access_share"),
        ("history:\n  - {id: a, kind: screening, at: country:BBB, from: 2020-03-01, "
         "until: 2020-03-05, access_share: 0 %, when: {series: bbb_registered, over: 2 d, "
         "above: 1 persons/d, lasts: 3 d}}\n", "history.a.access_share"),
        # What raises one can neither go nor be less.
        ("remove: [history.lawyers]\n", "screening.bbb.access_share"),
        ("history:\n  - {id: lawyers, access_share: 85 %}\n", "history.lawyers.access_share"),
        ("history:\n  - {id: lawyers, until: 2020-04-01}\n", "screening.bbb.access_share"),
        ("history:\n  - {id: lawyers, access_share: 95 %, until: 2020-04-20}\n", ""),
        # A plan may tell it anew.
        ("remove: [history.lawyers]\nmeasures:\n  - {id: lawyers, kind: screening, "
         "at: country:BBB, from: 2020-03-10, access_share: 90 %}\n", ""),
        ("remove: [history.lawyers]\nmeasures:\n  - {id: lawyers, kind: screening, "
         "at: country:BBB, from: 2020-03-10, access_share: 85 %}\n",
         "measures.lawyers.access_share"),
    ],
)  # fmt: skip
def test_history_counts_in_its_days(tmp_path: Path, plan: str, key: str) -> None:
    problems = found(tmp_path, ("powers:\n", HISTORY), plan=plan)
    assert told(problems) == ([("rights-lowered", key)] if key else [])


def test_history_of_a_scenario_may_say_that_a_state_did_less(tmp_path: Path) -> None:
    world = ("powers:\n", HISTORY.replace("90 %", "10 %"))
    assert found(tmp_path, world) == []
    assert found(tmp_path, world, plan="remove: [history.lawyers]\n") == []
    assert found(tmp_path, world, sets=("switches.race=off",)) == []


# Measures -----------------------------------------------------------------------------------------


def test_a_measure_says_what_it_is_without(tmp_path: Path) -> None:
    text = "measures:\n  - {id: a, kind: screening, at: country:BBB, from: 2020-04-01, "
    (problem,) = found(tmp_path, plan=text + "referral_share: 0 %}\n")
    assert problem.message == (
        "referral_share of BBB is 0.7 without the measure; measures may only raise it"
    )
    assert found(tmp_path, plan=text + "referral_share: 70 %, identify_share: 0 %}\n") == []


def test_no_draw_of_a_measure_is_below_the_drawn_row(tmp_path: Path) -> None:
    """Without a range of its own it is the better of the two in each draw."""
    text = (
        "plan: p\nsummary: P\nmeasures:\n  - {id: a, kind: screening, at: country:BBB, "
        "from: 2020-04-01, access_share: 75 %, interviews_per_day: 3}\n"
    )
    plan = write(tmp_path, text=text, name="p.yaml")
    scenario = small_world(tmp_path, RANGE, plans=[str(plan)])
    worlds = [drawn(scenario, 3, n) for n in range(40)]
    rows = [w.screening[0].access_share.value for w in worlds]
    assert min(rows) < 0.75 < max(rows)
    for world, row in zip(worlds, rows, strict=True):
        (change, *_) = world.measures[0].changes()
        assert change.quantity == "screening.access_share"
        assert change.value == max(row, 0.75)


def test_a_measure_added_during_a_run_may_only_raise(tmp_path: Path) -> None:
    model = BorderModel(small_world(tmp_path, sets=("until=2020-03-06",)), checks="full")
    while model.now < 30:
        model.step()
    for right, share, rules in (
        ("access_share", 0.79, ["rights-lowered"]), ("registered_share", 0, ["rights-lowered"]),
        ("referral_share", 0.6, ["rights-lowered"]), ("access_share", 0.8, []),
    ):  # fmt: skip
        one = measure("screening", date(2020, 3, 1), None, at="country:BBB", **{right: share})
        problems = model.world.in_force.problems(one, 40, 50)
        assert [(p.rule, p.key) for p in problems] == [(rule, right) for rule in rules]


def test_neither_a_ruling_nor_a_step_nor_an_order_lowers_a_right(tmp_path: Path) -> None:
    exercise = small_exercise.small_exercise(
        tmp_path,
        ("effect: lane_closed post=bridge stream=lorries lanes=1 lasts=6h",
         "effect: ruling at=country:BBB access_share=50%"),
        ('{kind: staffing, at: "sector:meadows", officers: {BBB: 12}, '
         'taken_from: {BBB: "post:bridge"}}',
         '{kind: screening, at: "country:BBB", referral_share: 10 %}'),
    )  # fmt: skip
    order = {"kind": "screening", "at": "country:BBB", "registered_share": "60 %"}
    with Session.begin(exercise, tmp_path / "session") as session:
        lead = Seat("facilitator")
        session.join(lead.role, lead.number)
        session.advance(session.hour + 5)
        refused = [e.text for e in session.feed(lead.role) if "refused" in e.kind]
        assert len(refused) == 2
        assert all("rights-lowered" in text for text in refused)
        police = Seat("bbb_police")
        session.join(police.role, police.number)
        with pytest.raises(InputError, match="measures may only raise it"):
            session.decide(police, order)
        session.decide(police, order | {"registered_share": "75 %"})
        session.advance(session.hour + 1)
        held = [session.model.world.screening.get("BBB", r) for r in RAISED_BY_MEASURES]
        assert held == pytest.approx([0.8, 0.75, 0.7])


@pytest.mark.parametrize("name", sorted(s.name for s in shipped() if s.kind == "plan"))
def test_no_shipped_plan_lowers_a_right(name: str) -> None:
    assert check(f"plans/{name}") == ()
