"""Joint operations: orders, triggers, rounds that follow what was found, and their account."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.reading import Reading
from analysis.report import SECTIONS
from analysis.sections.operations import operations
from sim.cooperation.joint_operations import weighted_displacement
from sim.experiments.runs import run
from sim.model import BorderModel
from sim.scenario.adding import problems_of
from sim.scenario.loading import check, from_text
from sim.scenario.measures import Measure
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, measure, table, under
from tests.stories.partners import CHANGES, partners
from tests.stories.small_world import write

FROM, UNTIL = date(2020, 3, 8), date(2020, 3, 15)
BEGIN, END = 7 * 24, 14 * 24
HERE = ["sector:meadows", "post:bridge"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return partners(tmp_path_factory.mktemp("world"), until="2020-03-29")


@pytest.fixture(scope="module")
def baseline(world: Scenario) -> BorderModel:
    return finished(world)


def operation(since: date = FROM, until: date | None = UNTIL, **keys: Any) -> Measure:
    return measure("joint_operation", since, until, **{
        "id": "spring", "at": HERE,
        "officers": {"BBB": {"border_police": 10}, "AAA": {"border_police": 6}},
        "taken_from": {"BBB": "reserve:belmark", "AAA": "reserve:avaland"}, **keys,
    })  # fmt: skip


def null_of(acting: Measure) -> Measure:
    null = acting.null()
    assert null is not None
    return null


def daily(model: BorderModel, name: str, column: str, **where: str) -> np.ndarray[Any, Any]:
    rows = table(model, name)
    for key, value in where.items():
        rows = rows[rows[key] == value]
    return rows.groupby("day")[column].sum().to_numpy(dtype=float)


# The order ----------------------------------------------------------------------------------------


def test_an_operation_puts_officers_and_equipment_at_all_its_places(
    world: Scenario, baseline: BorderModel
) -> None:
    acting = operation(equipment={"AAA": {"thermal_camera": 2}, "BBB": {"thermal_camera": 1}})
    model = finished(under(world, acting))
    units = daily(model, "sectors", "unit_hours", sector="meadows")
    usual = daily(baseline, "sectors", "unit_hours", sector="meadows")
    more = units - usual
    # 16 officers x 80 % present x 40 h a week x 80 % on patrol, in pairs.
    assert more[7:14].mean() == pytest.approx(16 * 0.8 * 40 / 7 * 0.8 / 2, rel=0.05)
    assert (more[7:14] > 15).all()
    assert not np.delete(more, range(7, 14)).any()
    booths = daily(model, "posts", "on_duty", stream="cars", post="bridge")
    booths = booths - daily(baseline, "posts", "on_duty", stream="cars", post="bridge")
    assert booths[7:14].mean() == pytest.approx(16 * 0.8 * 40 / 168, rel=0.1)
    assert not np.delete(booths, range(7, 14)).any()
    half = BorderModel(under(world, acting))
    while half.now < BEGIN + 1:
        half.step()
    assert half.world.sectors.extra[:, 0].tolist() == [3, 0, 0]
    while half.now < END + 1:
        half.step()
    assert not half.world.sectors.extra.any()
    assert half.world.rosters.books() == baseline.world.rosters.books()


def test_equipment_of_two_operations_adds_up_beside_a_measure_that_sets_it(
    world: Scenario,
) -> None:
    """Whatever the order in which they end, what is left is what stood there before."""
    one = operation(id="one", at="sector:meadows", equipment={"AAA": {"drone": 2}})
    two = operation(
        date(2020, 3, 10), date(2020, 3, 20), id="two", at="sector:meadows",
        equipment={"AAA": {"drone": 3}},
    )  # fmt: skip
    sets = measure("equipment", date(2020, 3, 9), date(2020, 3, 12), at="sector:meadows",
                   equipment={"drone": 7})  # fmt: skip
    widths = tuple(
        w.model_copy(update={"id": f"{w.id}_drone", "equipment": "drone"})
        for w in world.detection_widths if w.equipment
    )  # fmt: skip
    flying = world.model_copy(update={"detection_widths": (*world.detection_widths, *widths)})
    model, seen = BorderModel(under(flying, one, two, sets)), []
    while model.now < 22 * 24:
        model.step()
        if model.now % 24 == 1:
            sectors = model.world.sectors
            seen.append(float(sectors.equipment[2, 0] + sectors.extra[2, 0]))
    assert seen == [0] * 7 + [2] + [9] + [12] * 2 + [5] * 3 + [3] * 5 + [0] * 3


# Its account --------------------------------------------------------------------------------------


def test_the_account_is_what_the_tables_of_the_days_say(world: Scenario) -> None:
    acting = operation(fixed_cost="EUR 1000", officer_hour_cost="EUR 20")
    model = finished(under(world, acting))
    (row,) = table(model, "operations").to_dict("records")
    during, before = slice(7, 14), slice(0, 7)
    caught = daily(model, "sectors", "intercepted", sector="meadows")[during].sum()
    found = daily(model, "posts", "found")[during].sum()
    refused = daily(model, "posts", "refused")[during].sum()
    assert (row["operation"], row["round"], row["begin"], row["end"]) == ("spring", 1, BEGIN, END)
    assert row["places"] == "sector:meadows post:bridge"
    assert row["participants"] == "BBB 10 border police; AAA 6 border police"
    assert (row["intercepted"], row["hidden"], row["forged"]) == (caught, found - refused, refused)
    assert row["officers"] == 32
    # 32 officers x 80 % x 40 h in a week.
    assert row["officer_hours"] == pytest.approx(32 * 0.8 * 40)
    assert row["cost"] == pytest.approx(1000 + 20 * 32 * 0.8 * 40)
    tried = daily(model, "sectors", "tried", sector="meadows") + daily(model, "posts", "tried")
    assert row["tried_here"] == tried[during].sum()
    assert row["tried_here_before"] == tried[before].sum()
    assert math.isnan(row["displacement"]), "nobody tries anywhere else in this world"
    assert math.isnan(table(finished(under(world, operation())), "operations")["cost"][0])


def test_displacement_as_its_authors_work_it_out() -> None:
    """100 -> 60 at the place, 80 -> 96 near it, 200 -> 200 elsewhere: -0.40."""
    two = [np.array(pair, dtype=float) for pair in ((100, 60), (80, 96), (200, 200))]
    assert weighted_displacement(*two) == pytest.approx(-0.40)
    spread = [np.array(pair, dtype=float) for pair in ((100, 60), (80, 64), (200, 200))]
    assert weighted_displacement(*spread) == pytest.approx(0.40)
    assert math.isnan(weighted_displacement(*two[:2], np.array([0.0, 5.0])))


def test_an_operation_reports_as_an_institution(world: Scenario) -> None:
    model = finished(under(world, operation()))
    rows = table(model, "institutions")
    rows = rows[rows["institution"] == "operation:spring"]
    under_way = rows[rows["series"] == "under_way"]["value"].tolist()
    assert under_way == [0, 1, 0, 0]
    (row,) = table(model, "operations").to_dict("records")
    found = rows[rows["series"] == "found"]["value"].tolist()
    assert found == [0, *[row["intercepted"] + row["hidden"] + row["forged"]] * 3]


# Rounds -------------------------------------------------------------------------------------------


def rounds(model: BorderModel) -> list[tuple[int, int, str]]:
    rows = table(model, "operations")
    return list(zip(rows["begin"] // 24, rows["end"] // 24, rows["places"], strict=True))


def test_rounds_come_in_turn(world: Scenario) -> None:
    acting = operation(until=None, every="5 d", lasts="2 d", place_next="in_turn")
    model = BorderModel(under(world, acting), checks="full")
    books = model.world.rosters.books()
    while model.now < model.clock.hours:
        model.step()
        assert model.world.rosters.books() == books
    model.run()
    places = ["sector:meadows", "post:bridge"] * 2 + ["sector:meadows"]
    days = [7, 12, 17, 22, 27]
    ends = [d + 2 if d < 27 else 28 for d in days]
    assert rounds(model) == list(zip(days, ends, places, strict=True))
    assert set(table(model, "operations")["round"]) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("days", [0, 5, 10, 29])
def test_rounds_of_an_operation_older_than_the_run_keep_their_days(
    world: Scenario, days: int
) -> None:
    """Every fifth day from its first on; those before the run are over."""
    acting = operation(date(2020, 3, 1) - timedelta(days=days), None, every="5 d", lasts="2 d")
    begun = [begin for begin, _, _ in rounds(finished(under(world, acting)))]
    assert begun == list(range(-days % 5, 28, 5))


def test_an_operation_ordered_during_the_run_has_the_account_of_one_planned(
    world: Scenario,
) -> None:
    model = BorderModel(world)
    while model.now < BEGIN:
        model.step()
    model.world.in_force.add(operation(), BEGIN, END)
    model.run()
    planned = finished(under(world, operation()))
    assert differing(model, planned, ignore=("institutions",)) == []
    assert table(model, "operations")["tried_here"].tolist() != [0]


def test_the_next_round_goes_where_most_was_found(world: Scenario) -> None:
    acting = operation(until=None, every="5 d", lasts="2 d", place_next="where_last_found_most")
    model = finished(under(world, acting))
    at = {
        "sector:meadows": daily(model, "sectors", "intercepted", sector="meadows"),
        "post:bridge": daily(model, "posts", "found"),
    }
    chosen = [place for _, _, place in rounds(model)]
    assert chosen[0] == "sector:meadows"
    for number in range(1, 5):
        since = slice(7 + 5 * (number - 1), 7 + 5 * number)
        found = {place: days[since].sum() for place, days in at.items()}
        assert found[chosen[number]] == max(found.values())
    told = table(model, "events")
    told = told[told["kind"] == "operation"]["text"].tolist()
    assert told[0] == "round 1 at sector:meadows"
    assert told[1].startswith(f"round 2 at {chosen[1]} (")


def test_a_round_without_officers_is_told_and_left_out(world: Scenario) -> None:
    """Another measure has taken them: the run goes on."""
    others = measure("joint_patrol", date(2020, 3, 16), None, at="sector:meadows",
                     officers={"AAA": 196}, taken_from={"AAA": "reserve:avaland"})  # fmt: skip
    acting = operation(until=date(2020, 3, 16), every="7 d", lasts="2 d", place_next="in_turn")
    model = BorderModel(under(world, acting))
    late = others.model_copy(update={"since": date(2020, 3, 15)})
    while model.now < 13 * 24:
        model.step()
    model.world.in_force.add(late, 14 * 24, 20 * 24)
    model.run()
    told = table(model, "events")
    (text,) = told[told["kind"] == "operation not carried out"]["text"]
    assert "asked for 202" in text
    assert len(rounds(model)) == 1


# Triggers -----------------------------------------------------------------------------------------


def when(above: float, over: int = 3, lasts: int = 4, **keys: Any) -> dict[str, Any]:
    return {"series": "bbb_registered", "above": f"{above} persons/d", "over": f"{over} d",
            "lasts": f"{lasts} d", **keys}  # fmt: skip


def first_day(model: BorderModel, above: float, over: int, since: int = 0) -> int | None:
    """Return the first day on which the mean of the days before is above a number."""
    seen = model.world.observer.daily("bbb_registered")
    days = range(max(since, over), len(seen))
    return next((d for d in days if seen[d - over : d].mean() > above), None)


def test_a_measure_starts_when_what_is_observed_meets_its_condition(
    world: Scenario, baseline: BorderModel
) -> None:
    seen = baseline.world.observer.daily("bbb_registered")
    above = float(np.median([seen[d - 3 : d].mean() for d in range(10, 20)]))
    day = first_day(baseline, above, 3, since=2)
    assert day is not None
    acting = operation(date(2020, 3, 3), None, at="sector:meadows", when=when(above))
    model = finished(under(world, acting))
    (row,) = table(model, "operations").to_dict("records")
    assert (row["begin"], row["end"]) == (24 * day, 24 * (day + 4))
    events = table(model, "events")
    assert events[events["kind"] == "trigger"]["hour"].tolist() == [24.0 * day]
    usual = daily(baseline, "sectors", "unit_hours", sector="meadows")
    units = daily(model, "sectors", "unit_hours", sector="meadows")
    assert np.flatnonzero(units - usual).tolist() == list(range(day, day + 4))


def test_a_triggered_measure_ends_on_its_own_last_day(
    world: Scenario, baseline: BorderModel
) -> None:
    day = first_day(baseline, 0.0, 2)
    assert day is not None
    last = date(2020, 3, 1) + timedelta(days=day + 2)
    acting = operation(date(2020, 3, 1), last, at="sector:meadows",
                       when=when(0.0, over=2, lasts=9, again=True))  # fmt: skip
    model = finished(under(world, acting))
    (row,) = table(model, "operations").to_dict("records")
    assert (row["begin"], row["end"]) == (24 * day, 24 * (day + 2))
    usual = daily(baseline, "sectors", "unit_hours", sector="meadows")
    units = daily(model, "sectors", "unit_hours", sector="meadows")
    assert np.flatnonzero(units - usual).tolist() == [day, day + 1]


def test_a_measure_of_any_kind_may_wait_and_start_again(
    world: Scenario, baseline: BorderModel
) -> None:
    more = measure("staffing", date(2020, 3, 1), None, at="sector:meadows", officers={"BBB": 1},
                   when=when(0.0, over=2, lasts=3, again=True))  # fmt: skip
    model = finished(under(world, more))
    begun = table(model, "events")
    begun = [int(h) // 24 for h in begun[begun["kind"] == "trigger"]["hour"]]
    assert len(begun) > 2
    assert begun[0] == first_day(baseline, 0.0, 2)
    assert all(b - a >= 3 for a, b in pairwise(begun))


def test_each_start_of_a_triggered_operation_is_a_round_of_its_own(world: Scenario) -> None:
    acting = operation(date(2020, 3, 1), None, at="sector:meadows",
                       when=when(0.0, over=2, lasts=3, again=True))  # fmt: skip
    other = operation(date(2020, 3, 20), None, id="late")
    rows = table(finished(under(world, acting, other)), "operations")
    rounds = rows.sort_values("begin").groupby("operation")["round"].agg(list)
    assert len(rounds["spring"]) > 2
    assert rounds["spring"] == list(range(1, len(rounds["spring"]) + 1))
    assert rounds["late"] == [1]


def test_a_condition_never_met_changes_exactly_nothing(
    world: Scenario, baseline: BorderModel
) -> None:
    waiting = operation(date(2020, 3, 1), None, when=when(1e9))
    pact = measure(
        "agreement", date(2020, 3, 1), None, at=["country:AAA", "country:BBB"],
        powers=["readmission"], when=when(1e9),
    )  # fmt: skip
    model = finished(under(world, waiting, pact))
    assert differing(model, baseline, ignore=("institutions",)) == []
    assert model.world.agreements.in_force("readmission", "AAA", "BBB", 500.0) is None


# Null, switch, text -------------------------------------------------------------------------------


def test_with_the_switch_off_an_operation_does_exactly_nothing(
    world: Scenario, baseline: BorderModel
) -> None:
    off = world.model_copy(
        update={"switches": world.switches.model_copy(update={"operations": False})}
    )
    whole = operation(equipment={"AAA": {"thermal_camera": 2}}, until=None, every="5 d",
                      lasts="2 d")  # fmt: skip
    assert differing(finished(under(off, whole)), baseline) == []


def test_the_null_has_the_same_officers_hours_places_and_rounds(world: Scenario) -> None:
    """Without a response the plan equals its null, rounds that follow the finds included."""
    agreed = tuple(
        a.model_copy(update={"powers": ("joint_patrol", "officer_exchange")})
        for a in world.agreements
    )
    lent = world.model_copy(update={"agreements": agreed})
    acting = operation(until=None, every="5 d", lasts="3 d", place_next="where_last_found_most",
                       equipment={"AAA": {"thermal_camera": 2}})  # fmt: skip
    one, two = finished(under(lent, acting)), finished(under(lent, null_of(acting)))
    assert differing(one, two, ignore=("events",)) == []
    alone = finished(under(world.model_copy(update={"agreements": ()}), null_of(acting)))
    assert differing(two, alone) == []


def test_orders_survive_the_text_of_a_manifest(world: Scenario) -> None:
    acting = operation(until=None, every="5 d", lasts="2 d", place_next="in_turn",
                       equipment={"AAA": {"drone": 1}}, brings=["language"])  # fmt: skip
    waiting = operation(id="waits", when=when(5.0))
    scenario = under(world, acting, waiting)
    assert from_text(scenario.as_text()).measures == scenario.measures


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ("every: 5 d", "bad-period"),
        ("every: 5 d, lasts: 6 d", "bad-period"),
        ("lasts: 6 d", "missing-key"),
        ("place_next: in_turn", "missing-key"),
        ("every: 5 d, lasts: 2 d, when: {series: bbb_registered, above: 3, lasts: 2 d}",
         "two-plans"),
        ("when: {series: bbb_registred, above: 3, lasts: 2 d}", "unknown-series"),
        ("equipment: {AAA: {drone: 2}}", "missing-width"),
        ("officers: {AAA: {army: 5}}", "no-power"),
        ("officers: {AAA: {border_police: 500}}", "not-enough-officers"),
        ("officers: {BBB: {border_police: 5}}", "unknown-reference"),
        ("brings: [language]", "missing-row"),
        ("brings: [home_documents]", "wrong-target"),
        ("every: 10.5 d, lasts: 2 d", "out-of-range"),
        ("every: 10 d, lasts: 36 h", "out-of-range"),
        ("every: {value: 10 d, low: 8 d, high: 12 d}, lasts: 2 d", "out-of-range"),
        ("when: {series: bbb_registered, above: 3, over: 2.5 d, lasts: 2 d}", "out-of-range"),
        ("when: {series: bbb_registered, above: 3, over: 61 d, lasts: 2 d}", "outside-run"),
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_refused(tmp_path: Path, keys: str, rule: str) -> None:
    write(tmp_path, *CHANGES)
    officers = "" if "officers:" in keys else "officers: {AAA: {border_police: 6}}, "
    plan = (
        f"plan: p\nfor: small_world\nmeasures:\n  - {{id: a, kind: joint_operation, "
        f"at: sector:meadows, from: 2020-04-01, {officers}"
        f"taken_from: {{AAA: reserve:avaland}}, {keys}}}\n"
    )
    assert rule in {p.rule for p in check(str(write(tmp_path, text=plan, name="p.yaml")))}


def test_whole_days_may_be_written_in_hours_or_weeks() -> None:
    acting = operation(until=None, every="2 weeks", lasts="72 h")
    assert acting == operation(until=None, every="14 d", lasts=3)


def test_a_condition_may_look_back_on_all_days_but_one(world: Scenario) -> None:
    """28 days of run: with 27 it may begin on the last one, with 28 never."""
    assert problems_of(world, operation(until=None, when=when(1.0, over=27))) == []
    (problem,) = problems_of(world, operation(until=None, when=when(1.0, over=28)))
    assert (problem.rule, problem.key) == ("outside-run", "when.over")
    sooner = operation(until=date(2020, 3, 15), when=when(1.0, over=14))
    assert [p.rule for p in problems_of(world, sooner)] == ["outside-run"]


def test_the_hosts_own_officers_need_the_power_too(world: Scenario) -> None:
    """Customs may work at posts, not patrol; a matched null is not asked."""
    own = {"officers": {"BBB": {"customs": 4}}, "taken_from": {"BBB": "post:bridge"}}
    acting = operation(**own)
    (problem,) = problems_of(world, acting)
    assert (problem.rule, problem.key) == ("no-power", "officers.BBB")
    assert "customs has no power for the task `patrol`" in problem.message
    assert problems_of(world, null_of(acting)) == []
    at_post = {"at": "post:bridge"}
    assert problems_of(world, operation(**own | at_post)) == []


def test_an_operation_across_the_end_of_summer_time_keeps_its_days(world: Scenario) -> None:
    """Rounds begin at local midnight, 23 hours after the one before on 29 March."""
    spring = world.model_copy(
        update={"zone": "Europe/Belgrade", "start": date(2020, 3, 22), "until": date(2020, 4, 5)}
    )
    acting = operation(date(2020, 3, 28), None, every="2 d", lasts="1 d")
    model = finished(under(spring, acting))
    begins = table(model, "operations")["begin"].tolist()
    local = [model.clock.local(hour) for hour in begins]
    assert [t.date() for t in local] == [
        date(2020, 3, 28) + timedelta(days=2 * i) for i in range(4)
    ]
    assert {t.hour for t in local} == {0}
    assert begins == [144, 191, 239, 287]


# The report ---------------------------------------------------------------------------------------


def test_the_report_tells_every_round_and_calls_it_an_account(
    world: Scenario, tmp_path: Path
) -> None:
    acting = operation(until=None, every="7 d", lasts="3 d", officer_hour_cost="EUR 20")
    out = tmp_path / "run"
    run(under(world, acting.model_copy(update={"summary": "Spring at the bridge"})), out=out)
    (section,) = [make(Reading.open(out)) for make in SECTIONS if make is operations]
    (table_of_rounds, *_) = re.findall("<caption>Rounds of joint.*?</table>", section.body, re.S)
    assert table_of_rounds.count('<th scope="row">Spring at the bridge</th>') == 3
    assert "This is an account, not an effect" in section.body
    assert "3 rounds took 1,317 officer hours on duty; EUR 26,331 by their orders." in section.body
    plain = tmp_path / "plain"
    run(world, out=plain)
    assert "No joint operation" in operations(Reading.open(plain)).body
