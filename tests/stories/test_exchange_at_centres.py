"""Exchanges and operations meet the centres: desks, answers on the spot, a situation room."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.model import BorderModel
from sim.scenario.adding import problems_of
from sim.scenario.loading import check
from sim.scenario.measures import Measure
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, measure, table, under
from tests.stories.centre_world import centre_text, centre_world
from tests.stories.partners import CHANGES
from tests.stories.small_world import write

ROOM = """\
desks:
  - {id: room_aaa, centre: room, country: AAA, officers: {border_police: 6}, shift: round_the_clock}
  - {id: room_bbb, centre: room, country: BBB, officers: {border_police: 6}, shift: round_the_clock}
"""
MILL = "  - {id: mill, name"
CENTRES = (
    *CHANGES,
    (MILL, f"  - {{id: room, countries: [AAA, BBB], lat: 45, lon: 20, standing: false}}\n{MILL}"),
    ("desks:\n", ROOM),
    ("officer_exchange]\n", "officer_exchange, situation_centre]\n"),
)
FROM, UNTIL = date(2020, 3, 3), date(2020, 3, 10)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return centre_world(tmp_path_factory.mktemp("w"), *CENTRES, sets=("until=2020-03-13",))


def switched(world: Scenario, **switches: bool) -> Scenario:
    return world.model_copy(update={"switches": world.switches.model_copy(update=switches)})


def exchange(at: str, **keys: Any) -> Measure:
    return measure("officer_exchange", FROM, UNTIL, **{
        "at": at, "officers": {"AAA": 20}, "taken_from": {"AAA": "sector:fields"}, **keys,
    })  # fmt: skip


def null_of(acting: Measure) -> Measure:
    null = acting.null()
    assert null is not None
    return null


def desk_hours(model: BorderModel, hour: int) -> np.ndarray[Any, Any]:
    """Return officers on duty at each desk in the day that an hour lies in."""
    while model.now <= hour:
        model.step()
    offices = model.world.offices
    assert offices is not None
    return offices.duty.sum(axis=1)


def test_officers_sent_to_a_desk_answer_there_and_are_missing_at_home(world: Scenario) -> None:
    sent = under(world, exchange("desk:mill_aaa"))
    at = [d.id for d in world.desks].index("mill_aaa")
    # Tuesday 3 March is the third day; the desk works from 8 to 16 on weekdays.
    before, during = (desk_hours(BorderModel(s), 48 + 12)[at] for s in (world, sent))
    assert during > 2 * before > 0
    model, plain = finished(sent), finished(world)
    assert model.world.rosters.books() == plain.world.rosters.books()
    hours = [
        t[t["sector"] == "fields"]["unit_hours"].to_numpy()
        for t in (table(model, "sectors"), table(plain, "sectors"))
    ]
    assert (hours[0][2:9] < hours[1][2:9]).all()
    assert (hours[0][9:] == hours[1][9:]).all()


def test_with_centres_off_only_the_home_shortage_is_left(world: Scenario) -> None:
    """Ablation: officers taken from a reserve, where nobody misses them, change exactly nothing."""
    off = switched(world, centres=False)
    sent = exchange("desk:mill_aaa", taken_from={"AAA": "reserve:avaland"})
    assert differing(finished(under(off, sent)), finished(off), ignore=("events",)) == []
    missed = exchange("desk:mill_aaa")
    model, null = finished(under(off, missed)), finished(under(off, null_of(missed)))
    assert differing(model, null) == []
    assert "sectors" in differing(model, finished(off))


#: Tables that only cooperation centres write.
OF_CENTRES = {"requests", "centres", "desks", "desk_hours"}


@pytest.mark.parametrize(
    ("country", "home", "rows"),
    [("AAA", "sector:fields", "sectors"), ("BBB", "post:bridge", "posts")],
)
def test_with_centres_off_an_exchange_at_a_desk_is_fewer_on_duty_at_home_and_nothing_else(
    world: Scenario, country: str, home: str, rows: str
) -> None:
    """Ablation, exactly zero but for the home shortage, whichever desk the officers sit at.

    Fewer are on duty at home on the days of the measure, nobody else's duty is touched and
    nothing is asked; what else differs from a run without the measure can only follow from that.
    """
    off = switched(world, centres=False)
    keys = {"officers": {country: 20}, "taken_from": {country: home}}
    desk = f"desk:mill_{country.lower()}"
    model, there = worked(under(off, exchange(desk, **keys)))
    plain, usual = worked(off)
    assert set(finished(world).recorder.tables()) >= OF_CENTRES
    assert not OF_CENTRES & set(model.recorder.tables())
    assert model.world.rosters.books() == plain.world.rosters.books()
    days = np.arange(len(there["post:bridge"]))
    while_away = (days >= 2) & (days < 9)
    assert ((there[home] < usual[home]) == while_away).all()
    for target in set(usual) - {home, desk}:
        assert (there[target] == usual[target]).all()
    assert rows in differing(model, plain)
    elsewhere = exchange(desk.replace("mill", "room"), hours="06:00-22:00", **keys)
    other = finished(under(off, elsewhere))
    assert differing(model, other, ignore=("events",)) == []


def worked(scenario: Scenario) -> tuple[BorderModel, dict[str, np.ndarray[Any, Any]]]:
    """Return a finished run and the officer-hours of each station's own, by day."""
    model = BorderModel(scenario, checks="full")
    rosters, stations = model.world.rosters, model.world.stations
    duty = np.zeros((len(stations), model.clock.hours + 48))
    plan_all = rosters.plan_all

    def noted(first: int, hours: int) -> Any:
        own, visiting = plan_all(first, hours)
        duty[:, first : first + hours] = own.sum(axis=1)
        return own, visiting

    rosters.plan_all = noted  # type: ignore[method-assign]
    model.run()
    by_day = duty[:, : model.clock.hours].reshape(len(stations), -1, 24).sum(axis=2)
    return model, {s.target: by_day[i] for i, s in enumerate(stations)}


def test_the_null_of_an_exchange_at_a_desk_is_the_home_shortage(world: Scenario) -> None:
    sent = exchange("desk:mill_aaa", taken_from={"AAA": "reserve:avaland"})
    model, plain = finished(under(world, null_of(sent))), finished(world)
    assert differing(model, plain, ignore=("events",)) == []
    assert model.world.rosters.books() == plain.world.rosters.books()


def test_the_null_of_officers_at_a_desk_is_the_home_shortage(world: Scenario) -> None:
    """Those taken from a sector are missing there in the null too; the desk has none of them."""

    def joined(**keys: Any) -> Measure:
        return measure("centre_desk", FROM, UNTIL, at="desk:mill_aaa", officers={"AAA": 20}, **keys)

    sent = joined(taken_from={"AAA": "sector:fields"}, hours="06:00-22:00")
    null, plain = finished(under(world, null_of(sent))), finished(world)
    plan = finished(under(world, sent))
    at_home = [
        rows[rows["sector"] == "fields"]["unit_hours"].to_numpy()
        for rows in (table(one, "sectors") for one in (plan, null, plain))
    ]
    assert (at_home[0] == at_home[1]).all()
    assert (at_home[1][2:9] < at_home[2][2:9]).all()
    assert null.world.rosters.books() == plain.world.rosters.books()
    spared = joined(taken_from={"AAA": "reserve:avaland"})
    model = finished(under(world, null_of(spared)))
    assert differing(model, plain, ignore=("events",)) == []
    assert null_of(sent).postings()


def test_a_guest_with_a_home_desk_answers_on_the_spot(world: Scenario) -> None:
    """Requests from the bridge to Avaland while its officer is there take no other way."""
    guest = exchange("post:bridge", brings=["home_desk"])
    model, null = finished(under(world, guest)), finished(under(world, null_of(guest)))

    def routes(one: BorderModel) -> dict[str, int]:
        rows = table(one, "requests")
        mine = rows[(rows["asked"] >= 48) & (rows["asked"] < 216)]
        return {str(k): int(v) for k, v in mine["route"].value_counts().items()}

    assert routes(model).get("on_the_spot", 0) > 0
    assert "on_the_spot" not in routes(null)


def test_an_operation_opens_its_situation_centre_while_it_lasts(world: Scenario) -> None:
    acting = measure(
        "joint_operation", FROM, UNTIL, at="sector:meadows", coordination="centre:room",
        officers={"AAA": {"border_police": 6}}, taken_from={"AAA": "reserve:avaland"},
    )  # fmt: skip
    at = [d.id for d in world.desks].index("room_aaa")
    model, seen = BorderModel(under(world, acting)), []
    for day in range(12):
        seen.append(bool(desk_hours(model, 24 * day)[at] > 0))
    assert seen == [False] * 2 + [True] * 7 + [False] * 3
    quiet = BorderModel(under(world, null_of(acting)))
    assert not any(desk_hours(quiet, 24 * day)[at] for day in range(12))


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ("coordination: centre:mill", "wrong-target"),
        ("coordination: centre:rooms", "unknown-centre"),
        ("coordination: centre:room, legal_base: agreement:convention", ""),
    ],
)
def test_a_situation_centre_must_be_one(tmp_path: Path, keys: str, rule: str) -> None:
    write(tmp_path, text=centre_text(*CENTRES))
    plan = (
        "plan: p\nfor: small_world\nmeasures:\n  - {id: a, kind: joint_operation, "
        "at: sector:meadows, from: 2020-04-01, officers: {AAA: {border_police: 6}}, "
        f"taken_from: {{AAA: reserve:avaland}}, {keys}}}\n"
    )
    found = [p.rule for p in check(str(write(tmp_path, text=plan, name="p.yaml")))]
    assert found == ([rule] if rule else [])
    unagreed = [c for c in CENTRES if "situation_centre" not in c[1]]
    write(tmp_path, text=centre_text(*unagreed))
    found = [p.rule for p in check(str(tmp_path / "p.yaml"))]
    assert "no-agreement" in found or rule


def test_a_situation_centre_is_opened_only_as_agreed_whoever_opens_it(world: Scenario) -> None:
    """Without the power on every day no measure opens a centre that does not stand."""
    opening = measure("centre_desk", FROM, UNTIL, at="centre:room", opened=True)
    assert problems_of(world, opening) == []
    (agreed,) = world.agreements
    short = agreed.model_copy(update={"until": date(2020, 3, 8)})
    (problem,) = problems_of(world.model_copy(update={"agreements": (short,)}), opening)
    assert (problem.rule, problem.key) == ("no-agreement", "opened")
    assert problem.message.endswith("gives AAA and BBB a situation centre on 2020-03-08")


def test_a_desk_at_a_standing_centre_works_more_where_information_is_exchanged(
    world: Scenario,
) -> None:
    """Its country needs the power with another of the centre, on every day; to shut none."""
    nights = measure("centre_desk", FROM, UNTIL, at="desk:mill_aaa", days=["sat", "sun"])
    assert problems_of(world, nights) == []
    (agreed,) = world.agreements
    short = agreed.model_copy(update={"until": date(2020, 3, 8)})
    (problem,) = problems_of(world.model_copy(update={"agreements": (short,)}), nights)
    assert (problem.rule, problem.key) == ("no-agreement", "at")
    assert "AAA and BBB the power `information_exchange` on 2020-03-08, nor" in problem.message
    alone = world.model_copy(update={"agreements": ()})
    less = [{"at": "centre:mill", "opened": False}, {"at": "centre:mill", "hours": "09:00-12:00"},
            {"at": "desk:mill_aaa", "days": ["mon", "tue"]}]  # fmt: skip
    for keys in less:
        assert problems_of(alone, measure("centre_desk", FROM, UNTIL, **keys)) == []
    for keys in ({"at": "centre:mill", "opened": True}, {"at": "centre:mill", "days": ["sun"]}):
        (problem,) = problems_of(alone, measure("centre_desk", FROM, UNTIL, **keys))
        assert problem.rule == "no-agreement"


def test_a_measure_of_a_desk_begins_and_ends_while_its_centre_works(world: Scenario) -> None:
    """Else it would be told as begun and do nothing, with the officers missing at home."""

    def told(acting: Measure, **dates: date) -> list[tuple[str, str]]:
        rows = (c.model_copy(update=dates if c.id == "mill" else {}) for c in world.centres)
        changed = world.model_copy(update={"centres": tuple(rows)})
        return [(p.rule, p.key) for p in problems_of(changed, acting)]

    sent = exchange("desk:mill_aaa")
    hours = measure("centre_desk", FROM, UNTIL, at="centre:mill", hours="08:00-12:00")
    for acting in (sent, hours):
        assert told(acting, opened=FROM, closed=UNTIL) == []
        assert told(acting, opened=date(2020, 3, 4)) == [("not-open", "from")]
        assert told(acting, closed=date(2020, 3, 9)) == [("not-open", "until")]


def test_officers_at_a_desk_serve_in_hours_in_which_it_is_open(world: Scenario) -> None:
    night = exchange("desk:mill_aaa", hours="16:00-06:00")
    assert [(p.rule, p.key) for p in problems_of(world, night)] == [("not-open", "hours")]
    assert problems_of(world, exchange("desk:mill_aaa", hours="15:00-06:00")) == []
    longer = measure("centre_desk", FROM, UNTIL, at="centre:mill", hours="08:00-17:00")
    assert "not-open" not in {p.rule for p in problems_of(world, night, [longer])}


def test_officers_join_desks_of_their_own_country(tmp_path: Path) -> None:
    write(tmp_path, text=centre_text(*CENTRES))
    for kind, rule in (("officer_exchange", "wrong-country"), ("staffing", "wrong-target")):
        plan = (
            f"plan: p\nfor: small_world\nmeasures:\n  - {{id: a, kind: {kind}, at: desk:mill_bbb, "
            "from: 2020-04-01, officers: {AAA: 6}, taken_from: {AAA: reserve:avaland}}\n"
        )
        problems = check(str(write(tmp_path, text=plan, name="p.yaml")))
        assert rule in {p.rule for p in problems}
