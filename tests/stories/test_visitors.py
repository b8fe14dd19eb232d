"""Officers of another country work where an agreement lets them, and stay on their own books."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import ModelError
from sim.model import BorderModel
from sim.scenario.adding import problems_of
from sim.scenario.loading import check, load
from sim.scenario.measures import Measure
from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, measure, table, under
from tests.stories.partners import CHANGES, partners
from tests.stories.small_world import write

FROM, UNTIL = date(2020, 3, 4), date(2020, 3, 8)
BEGIN, END = 72, 168


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return partners(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def baseline(world: Scenario) -> BorderModel:
    return finished(world)


def patrol(officers: int = 60, **keys: Any) -> Measure:
    return measure("joint_patrol", FROM, UNTIL, **{
        "at": "sector:meadows", "officers": {"AAA": officers},
        "taken_from": {"AAA": "reserve:avaland"}, **keys,
    })  # fmt: skip


def agreed(world: Scenario, *powers: str) -> Scenario:
    """Return the world with other powers in its one agreement; none at all without any."""
    rows = tuple(a.model_copy(update={"powers": powers}) for a in world.agreements)
    return world.model_copy(update={"agreements": rows if powers else ()})


def unit_hours(model: BorderModel, sector: str = "meadows") -> list[float]:
    rows = table(model, "sectors")
    return [float(v) for v in rows[rows["sector"] == sector]["unit_hours"]]


# On their own rows --------------------------------------------------------------------------------


def test_visitors_patrol_while_they_are_there_and_their_own_roster_misses_them(
    world: Scenario, baseline: BorderModel
) -> None:
    model = finished(under(world, patrol(taken_from={"AAA": "sector:fields"})))
    gained = np.array(unit_hours(model)) - unit_hours(baseline)
    missed = np.array(unit_hours(baseline, "fields")) - unit_hours(model, "fields")
    during = slice(BEGIN // 24, END // 24)
    # 60 officers x 80 % present x 40 h a week x 80 % of it on patrol, in pairs.
    expected = 60 * 0.8 * 40 / 7 * 0.8 / 2
    assert gained[during] == pytest.approx(expected, rel=0.1)
    assert missed[during] == pytest.approx(expected, rel=0.1)
    assert not np.delete(gained, range(*during.indices(12))).any()
    assert not np.delete(missed, range(*during.indices(12))).any()


def test_visitors_without_an_agreement_stand_there_without_effect(
    world: Scenario, baseline: BorderModel
) -> None:
    for powers in ((), ("readmission",), ("officer_exchange", "cross_border_response")):
        model = finished(under(agreed(world, *powers), patrol()))
        assert differing(model, baseline, ignore=("events", "institutions")) == []
        assert model.world.rosters.books()["AAA", "border_police"] == 260


def test_an_agreement_that_ends_takes_the_powers_with_it(world: Scenario) -> None:
    ending = tuple(a.model_copy(update={"until": date(2020, 3, 6)}) for a in world.agreements)
    model = finished(under(world.model_copy(update={"agreements": ending}), patrol()))
    gained = np.array(unit_hours(model)) - unit_hours(finished(world))
    assert (gained[3:5] > 50).all()
    assert not gained[5:].any()
    events = table(model, "events")
    assert "agreement ends" in set(events["kind"])


@pytest.mark.parametrize(
    ("dates", "working"),
    [({}, range(3, 7)), ({"from": date(2020, 3, 6)}, range(5, 7)),
     ({"until": date(2020, 3, 6)}, range(3, 5))],
)  # fmt: skip
def test_the_legal_base_named_is_the_one_that_counts(
    world: Scenario, baseline: BorderModel, dates: dict[str, date], working: range
) -> None:
    """Another agreement gives the same power on all days; the pact named, from day to day."""
    pact = {"id": "pact", "parties": ["AAA", "BBB"], "powers": ["joint_patrol"]}
    rows = (*world.agreements, Agreement.model_validate(pact | dates))
    both = world.model_copy(update={"agreements": rows})
    named = finished(under(both, patrol(legal_base="agreement:pact")))
    gained = np.array(unit_hours(named)) - unit_hours(baseline)
    assert np.flatnonzero(gained).tolist() == list(working)
    free = np.array(unit_hours(finished(under(both, patrol())))) - unit_hours(baseline)
    assert np.flatnonzero(free).tolist() == list(range(3, 7))


def test_a_legal_base_without_the_power_or_the_pair_lends_nothing(
    world: Scenario, baseline: BorderModel
) -> None:
    pact = {"id": "pact", "parties": ["AAA", "BBB"], "powers": ["officer_exchange"]}
    for other in (pact, pact | {"parties": ["AAA", "CCC"], "powers": ["joint_patrol"]}):
        rows = (*world.agreements, Agreement.model_validate(other))
        plan = under(world.model_copy(update={"agreements": rows}),
                     patrol(legal_base="agreement:pact"))  # fmt: skip
        assert differing(finished(plan), baseline, ignore=("events", "institutions")) == []


def test_powers_are_service_by_agreement_by_task(world: Scenario) -> None:
    """Customs may not patrol, airport police may work at airports only."""
    for service, powers in (("customs", "joint_patrol"), ("airport_police", "airport_exchange")):
        lent = agreed(world, powers, "joint_patrol")
        sent = patrol(20, service=service)
        plain, model = finished(lent), finished(under(lent, sent))
        assert unit_hours(model) == unit_hours(plain), service


def test_a_power_at_airports_holds_at_airports_only(world: Scenario) -> None:
    """The same exchange at the same post: with effect where it is an airport, without at a road."""
    sent = measure(
        "officer_exchange", FROM, UNTIL, at="post:bridge", officers={"AAA": 20},
        service="airport_police", taken_from={"AAA": "reserve:avaland"},
    )  # fmt: skip
    gained = {}
    for kind in ("road", "airport"):
        posts = tuple(p.model_copy(update={"kind": kind}) for p in world.posts)
        place = agreed(world.model_copy(update={"posts": posts}), "airport_exchange")
        rows = [table(finished(s), "posts") for s in (under(place, sent), place)]
        duty = [r[r["stream"] == "cars"]["on_duty"].to_numpy() for r in rows]
        gained[kind] = (duty[0] - duty[1])[3:7]
    assert not gained["road"].any()
    assert gained["airport"].mean() == pytest.approx(20 * 0.8 * 40 / 168, rel=0.15)


# Conserved ----------------------------------------------------------------------------------------


def test_officers_are_conserved_in_every_tick(world: Scenario) -> None:
    loan = patrol(officers=20, id="loan", taken_from={"AAA": "sector:fields"})
    model = BorderModel(under(world, patrol(), loan))
    while model.now < model.clock.hours:
        model.step()
        books = model.world.rosters.books()
        assert books["AAA", "border_police"] == 260
        assert books["BBB", "border_police"] == 300


def test_an_officer_who_vanishes_stops_the_run(world: Scenario) -> None:
    model = BorderModel(under(world, patrol()))
    for _ in range(30):
        model.step()
    model.world.rosters._books[0, 0] -= 1.0
    with pytest.raises(ModelError, match=r"officers of BBB, border_police: expected 300 .* 299"):
        model.step()


def test_nobody_can_send_more_officers_than_there_are(tmp_path: Path, world: Scenario) -> None:
    write(tmp_path, *CHANGES)
    plan = (
        "plan: too_many\nfor: small_world\nmeasures:\n"
        "  - {id: a, kind: joint_patrol, at: sector:meadows, from: 2020-04-01, until: 2020-04-20,"
        " officers: {AAA: 150}, taken_from: {AAA: reserve:avaland}}\n"
        "  - {id: b, kind: joint_patrol, at: sector:meadows, from: 2020-04-10, until: 2020-04-20,"
        " officers: {AAA: 60}, taken_from: {AAA: reserve:avaland}}\n"
    )
    (problem,) = check(str(write(tmp_path, text=plan, name="too_many.yaml")))
    assert problem.rule == "not-enough-officers"
    assert "has 200 border_police on its books and is asked for 210" in problem.message
    solved = world.sectors[0].model_copy(
        update={"officers": {}, "stopped_share": world.screening[0].identify_share}
    )
    guessed = world.model_copy(update={"sectors": (solved, world.sectors[1])})
    away = measure("joint_patrol", FROM, UNTIL, at="sector:fields", officers={"BBB": 9000},
                   taken_from={"BBB": "sector:meadows"})  # fmt: skip
    with pytest.raises(ModelError, match=r"sector:meadows has \d+\.\d border_police officers of"):
        BorderModel(under(guessed, away))


# Refused by name ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "rule", "words"),
    [
        ("from: 2020-04-01, officers: {AAA: 8}, taken_from: {AAA: reserve:avaland}, "
         "service: customs", "no-power", "customs of AAA can have no power for the task `patrol`"),
        ("from: 2020-04-01, officers: {AAA: 8}, taken_from: {AAA: reserve:avaland}, "
         "legal_base: agreement:pact", "unknown-agreement", "no agreement 'pact'"),
        ("from: 2020-04-01, officers: {AAA: 8}, taken_from: {AAA: reserve:avaland}, "
         "legal_base: sector:meadows", "wrong-target", "a sector is no legal base"),
        ("from: 2020-04-01, officers: {AAA: 8}, taken_from: {BBB: post:bridge}",
         "unknown-reference", "officers of BBB are taken but not asked"),
        ("from: 2020-04-01, officers: {AAA: 8, BBB: 4}, taken_from: {AAA: reserve:avaland}",
         "missing-giver", "the officers of BBB come from nowhere"),
        ("from: 2020-04-01, officers: {AAA: 8}, taken_from: {AAA: post:bridge}",
         "wrong-country", "bridge is run by BBB"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused(tmp_path: Path, keys: str, rule: str, words: str) -> None:
    write(tmp_path, *CHANGES)
    plan = (
        "plan: p\nfor: small_world\nmeasures:\n"
        f"  - {{id: a, kind: joint_patrol, at: sector:meadows, {keys}}}\n"
    )
    problems = check(str(write(tmp_path, text=plan, name="p.yaml")))
    assert (rule, True) in {(p.rule, words in p.message) for p in problems}


def test_a_patrol_outlives_no_agreement(tmp_path: Path) -> None:
    """Refused on the first day without one, and taken where two agreements follow each other."""
    line = "    parties: [AAA, BBB]\n"
    short = f"{line}    until: 2020-04-10\n"
    plan = (
        "plan: p\nfor: small_world\nmeasures:\n  - {id: a, kind: joint_patrol, "
        "at: sector:meadows, from: 2020-04-01, until: 2020-04-20, officers: {AAA: 8}, "
        "taken_from: {AAA: reserve:avaland}}\n"
    )
    write(tmp_path, *CHANGES[:-1], (CHANGES[-1][0], CHANGES[-1][1].replace(line, short)))
    path = write(tmp_path, text=plan, name="p.yaml")
    (problem,) = check(str(path))
    assert problem.rule == "no-agreement"
    assert problem.key == "measures.a.officers.AAA"
    assert "the task `patrol` in BBB on 2020-04-10" in problem.message
    assert "`joint_patrol`" in problem.remedy
    more = (
        "  - {id: pact, kind: agreement, at: [country:AAA, country:BBB], from: 2020-04-10, "
        "powers: [joint_patrol]}\n"
    )
    write(tmp_path, text=plan + more, name="p.yaml")
    assert check(str(path)) == ()
    named = plan.replace("taken_from", "legal_base: agreement:convention, taken_from")
    write(tmp_path, text=named + more, name="p.yaml")
    (problem,) = check(str(path))
    assert problem.key == "measures.a.legal_base"
    assert load(str(tmp_path / "small_world.yaml")).agreements


def test_an_agreement_that_waits_for_a_condition_is_no_base_beforehand(
    tmp_path: Path, world: Scenario
) -> None:
    """No day of it is sure. Once it is in force, what begins then has the powers."""
    powers = "[joint_patrol, cross_border_response, information_exchange, officer_exchange]"
    text = CHANGES[-1][1].replace(powers, "[readmission]")
    write(tmp_path, *CHANGES[:-1], (CHANGES[-1][0], text))
    plan = (
        "plan: p\nfor: small_world\nmeasures:\n"
        "  - {id: pact, kind: agreement, at: [country:AAA, country:BBB], from: 2020-04-01, "
        "powers: [joint_patrol], when: {series: bbb_registered, above: 5 persons/d, lasts: 9 d}}\n"
        "  - {id: a, kind: joint_patrol, at: sector:meadows, from: 2020-04-01, until: 2020-04-20, "
        "officers: {AAA: 8}, taken_from: {AAA: reserve:avaland}}\n"
    )
    path = write(tmp_path, text=plan, name="p.yaml")
    (problem,) = check(str(path))
    assert (problem.rule, problem.key) == ("no-agreement", "measures.a.officers.AAA")
    assert "on 2020-04-01" in problem.message
    assert "pact waits for a condition" in problem.remedy
    path.write_text(plan.replace(", when: {series: bbb_registered, above: 5 persons/d, lasts: 9 d}",
                                 ""), encoding="utf-8")  # fmt: skip
    assert check(str(path)) == ()
    when = {"series": "bbb_registered", "above": "5 persons/d", "lasts": "9 d"}
    pact = measure("agreement", FROM, UNTIL, at=["country:AAA", "country:BBB"], id="pact",
                   powers=["joint_patrol"], when=when)  # fmt: skip
    nothing = agreed(world)
    assert [p.rule for p in problems_of(nothing, patrol())] == ["no-agreement"]
    assert problems_of(nothing, patrol(legal_base="agreement:pact"), [pact]) == []


def test_staffing_is_for_a_country_s_own_officers(tmp_path: Path) -> None:
    write(tmp_path, *CHANGES)
    plan = (
        "plan: p\nfor: small_world\nmeasures:\n  - {id: a, kind: staffing, at: sector:meadows, "
        "from: 2020-04-01, officers: {AAA: 8}}\n"
    )
    (problem,) = check(str(write(tmp_path, text=plan, name="p.yaml")))
    assert (problem.rule, problem.key) == ("wrong-country", "measures.a.officers.AAA")


# Null ---------------------------------------------------------------------------------------------


def test_the_null_of_a_joint_patrol_is_the_same_officers_like_the_host_s_own(
    world: Scenario,
) -> None:
    null = patrol().null()
    assert null is not None
    assert null.kind == "staffing"
    without = agreed(world)
    model = finished(under(without, null))
    assert unit_hours(model) == unit_hours(finished(under(world, patrol())))
    assert model.world.rosters.books()["AAA", "border_police"] == 260


def test_a_joint_patrol_without_response_equals_its_null(world: Scenario) -> None:
    """Mixed patrols alone are added officers: nothing of cooperation is left to see."""
    lent = agreed(world, "joint_patrol")
    null = patrol().null()
    assert null is not None
    one, two = finished(under(lent, patrol())), finished(under(lent, null))
    assert differing(one, two, ignore=("events",)) == []


def test_the_null_of_own_measures_is_themselves() -> None:
    own = measure("staffing", FROM, UNTIL, at="sector:meadows", officers={"BBB": 5})
    assert own.null() is own
