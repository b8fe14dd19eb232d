"""Measures act from their first hour to their last, and what they changed reverts exactly."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sim.control.race import INTERCEPTED, OUTSIDE
from sim.control.sectors import Sectors
from sim.cooperation.agreements import POWERS
from sim.model import BorderModel
from sim.movement.crowd import HELD, MOVING, NOT_YET
from sim.randomness import Draws, salt
from sim.scenario.adding import problems_of
from sim.scenario.checks.rights import OF_SCREENING
from sim.scenario.measure_kinds import QUANTITIES
from sim.scenario.measures import Measure, kinds
from sim.scenario.specs.control import Reserve
from sim.scenario.specs.scenario import Scenario
from sim.world import World
from tests.model_runs import finished, measure, table, under
from tests.random_worlds import base
from tests.readmission_rows import with_readmission
from tests.stories.centre_world import centre_world
from tests.stories.partners import CHANGES
from tests.stories.small_world import small_world

FROM, UNTIL = date(2020, 3, 4), date(2020, 3, 8)
BEGIN, END = 72, 168
DAYS = range(BEGIN // 24, END // 24)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return small_world(tmp_path_factory.mktemp("world"), sets=("until=2020-03-13",))


@pytest.fixture(scope="module")
def baseline(world: Scenario) -> BorderModel:
    return finished(world)


def in_force(
    kind: str, at: str, since: date = FROM, until: date | None = UNTIL, **keys: Any
) -> Measure:
    return measure(kind, since, until, at=at, **keys)


# Every quantity -----------------------------------------------------------------------------------

#: A measure, the quantity of the world it sets, as is and under the measure.
CASES: list[tuple[Measure, str, Callable[[World], Any], Any, Any]] = [
    (in_force("staffing", "sector:meadows", officers={"BBB": 20}), "officers",
     lambda w: w.rosters.books()["BBB", "border_police"], 100, 120),
    (in_force("staffing", "post:bridge", officers={"BBB": 7}, service="customs"), "officers",
     lambda w: w.rosters.books()["BBB", "customs"], 8, 15),
    (in_force("close_post", "post:bridge"), "post.open", lambda w: w.posts.open[0], True, False),
    (in_force("condition", "post:bridge", open=False), "post.open",
     lambda w: w.posts.open[0], True, False),
    (in_force("opening_hours", "post:bridge", hours="08:00-16:00"), "post.hours",
     lambda w: (w.posts.hours[0], w.posts.opening(np.zeros(24, int), np.arange(24)).sum()),
     ("00:00-24:00", 24), ("08:00-16:00", 8)),
    (in_force("lanes", "post:bridge", lanes={"lorries": 5}), "post.lanes",
     lambda w: w.posts.lanes.tolist(), [3, 2], [3, 5]),
    (in_force("equipment", "post:bridge", methods=["visual"]), "post.methods",
     lambda w: (w.posts.inspection.methods[0], *found(w)), (("visual", "dogs"), 0.0846),
     (("visual",), 0.0282)),
    (in_force("equipment", "post:bridge", trained=True), "post.trained",
     lambda w: w.posts.inspection.trained[0], False, True),
    (in_force("equipment", "sector:meadows", equipment={"thermal_camera": 4}), "sector.equipment",
     lambda w: w.sectors.value(0, "equipment.thermal_camera"), 1, 4),
    (in_force("equipment", "sector:meadows", sensors=3), "sector.sensors",
     lambda w: w.sectors.sensors[0], 0, 3),
    (in_force("condition", "sector:meadows", barrier="4 h"), "sector.barrier",
     lambda w: (w.sectors.barrier[0], w.legs.barrier.max()), (0, 0), (4, 4)),
    (in_force("condition", "sector:meadows", cover="20 min"), "sector.cover",
     lambda w: w.sectors.cover[0], 1.5, 20 / 60),
    (in_force("condition", "sector:meadows", alert="2 h"), "sector.alert",
     lambda w: w.sectors.alert[0], 0.25, 2),
    (in_force("condition", "leg:meadow_path", open=False), "leg.open",
     lambda w: w.legs.open.sum(), 8, 7),
    (in_force("condition", "leg:meadow_path", duration="30 h"), "leg.duration",
     lambda w: w.legs.duration.max(), 8, 30),
    (in_force("condition", "leg:meadow_path", cost=77), "leg.cost",
     lambda w: w.legs.money.max(), 20, 77),
    (in_force("reception_places", "place:harbour", reception_places=9), "place.reception_places",
     lambda w: w.reception.capacity.sum(), 100, 9),
    (in_force("condition", "place:harbour", arrivals_open=False), "place.arrivals_open",
     lambda w: w.arrivals_open.all(), True, False),
    (in_force("screening", "country:BBB", monitoring=0.4), "country.outside_factor",
     lambda w: outside(w).tolist(), [0.05, 0.05], [0.02, 0.02]),
    (in_force("screening", "border:AAA-BBB", monitoring=0), "border.outside_factor",
     lambda w: outside(w).tolist(), [0.05, 0.05], [0, 0]),
    (in_force("condition", "border:AAA-BBB", held="40 h"), "border.held",
     lambda w: w.sectors.aftermath.at(w.hour).held.tolist(), [12], [40]),
    *(
        (in_force("screening", "country:BBB", **{name: value}), f"country.screening.{name}",
         lambda w, name=name: round(w.screening.get("BBB", name), 9), before, value)
        for name, before, value in (
            ("access_share", 0.8, 0.1), ("registered_share", 0.7, 0.2), ("false_share", 0.02, 0.5),
            ("identify_share", 0.15, 0.9), ("interview", 0.75, 2.0), ("referral_share", 0.7, 1.0),
            ("interviews_per_day", 20, 300),
        )
    ),
]  # fmt: skip


def found(world: World) -> list[float]:
    """Return the chance of being found at the bridge, hidden in a lorry."""
    assert world.posts is not None
    none = np.zeros(1, int)
    return world.posts.found_share(none, none, none + 1).round(6).tolist()


def outside(world: World) -> np.ndarray[Any, Any]:
    """Return the background rates of returns outside procedure in force, sectors then posts."""
    tables = (world.sectors.aftermath, world.post_aftermath)
    return np.concatenate([t.at(world.hour).outside for t in tables]).round(12)


def everything(world: World, hour: int) -> dict[str, Any]:
    """Return all that measures may set, and what follows from it, to the last bit."""
    posts, sectors, legs = world.posts, world.sectors, world.legs
    assert posts is not None
    numbers = {
        "sectors": [sectors.barrier, sectors.cover, sectors.alert, sectors.sensors,
                    sectors.equipment],
        "search": [sectors.coverage.planned_units(hour), sectors.sensor_rate(),
                   sectors.patrol_rate(np.full((1, 2), 9), np.array([[False, True]]))],
        "legs": [legs.open, legs.duration, legs.money, legs.barrier,
                 world.values.true_stopped(hour)],
        "posts": [posts.open, posts.lanes, posts.inspection.trained,
                  posts.opening(np.zeros(24, int), np.arange(24)), np.array(found(world))],
        "places": [world.reception.capacity, world.reception.recorded, world.arrivals_open],
        "after": [t for x in (sectors.aftermath, world.post_aftermath)
                  for t in (x.at(hour).outside, x.at(hour).held)],
        "duty": [world.rosters.plan(hour, 24)],
    }  # fmt: skip
    kept: dict[str, Any] = {k: [a.tobytes() for a in arrays] for k, arrays in numbers.items()}
    kept["texts"] = (tuple(posts.hours), tuple(posts.inspection.methods))
    kept["screening"] = [world.screening.get("BBB", n.removeprefix("screening."))
                         for n in QUANTITIES["country"] if n.startswith("screening.")]  # fmt: skip
    kept["books"] = world.rosters.books()
    return kept


LOOKED_AT = (0, BEGIN - 1, BEGIN, END - 1, END, END + 30)


@pytest.fixture(scope="module")
def without(world: Scenario) -> dict[int, dict[str, Any]]:
    """Return all that measures may set, by hour, where none is in force."""
    model = BorderModel(world)
    seen = {}
    for hour in range(LOOKED_AT[-1] + 1):
        model.step()
        if hour in LOOKED_AT:
            seen[hour] = everything(model.world, hour)
    return seen


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0].kind} {c[1]}")
def test_a_measure_acts_from_its_first_hour_to_its_last_and_reverts_exactly(
    world: Scenario,
    without: dict[int, dict[str, Any]],
    case: tuple[Measure, str, Callable[[World], Any], Any, Any],
) -> None:
    acting, _, read, before, during = case
    model = BorderModel(under(world, acting), checks="full")
    for hour in range(LOOKED_AT[-1] + 1):
        model.step()
        expected = during if BEGIN <= hour < END else before
        assert read(model.world) == expected, f"hour {hour}"
        if hour in LOOKED_AT:
            same = everything(model.world, hour) == without[hour]
            assert same == (not BEGIN <= hour < END), f"hour {hour}"
    model.run()
    events = table(model, "events")
    assert events["hour"].tolist() == [BEGIN, END]
    assert events["kind"].tolist() == ["measure begins", "measure ends"]
    assert set(events["subject"]) == {acting.at[0]}


def test_every_quantity_a_measure_may_set_has_a_case() -> None:
    """The last part of ``lanes.cars`` names a row of the post; one row stands for all.

    Kinds of cooperation have stories of their own.
    """
    possible = {
        f"{target}.{name.partition('.')[0] if target in ('post', 'sector') else name}"
        for target, quantities in QUANTITIES.items()
        if target not in ("agreement", "readmission", "investigation")
        if target not in ("agreement", "desk", "centre")
        for name in quantities
    }
    assert {quantity for _, quantity, *_ in CASES} == {*possible, "officers"}
    own = {name for name, kind in kinds().items() if not kind.cooperation_keys}
    assert {acting.kind for acting, *_ in CASES} == own


# What they do to people and queues ---------------------------------------------------------------


def by_day(model: BorderModel, name: str, column: str, **where: str) -> dict[int, float]:
    rows = table(model, name)
    for key, value in where.items():
        rows = rows[rows[key] == value]
    return {int(k): float(v) for k, v in rows.groupby("day")[column].sum().items()}


def test_nobody_passes_a_closed_post(world: Scenario, baseline: BorderModel) -> None:
    model = finished(under(world, in_force("close_post", "post:bridge")))
    tried, usual = by_day(model, "posts", "tried"), by_day(baseline, "posts", "tried")
    assert sum(usual[d] for d in DAYS) > 0
    assert [tried[d] for d in DAYS] == [0] * len(DAYS)
    assert sum(tried[d] for d in range(DAYS.stop, 12)) > 0
    served = by_day(model, "posts", "served")
    assert [served[d] for d in DAYS] == [0] * len(DAYS)
    set_out = by_day(model, "flows", "persons", leg="bridge_lorry")
    assert not set(set_out) & set(DAYS)


def test_a_post_that_opens_again_does_not_open_a_leg_closed_otherwise(world: Scenario) -> None:
    flood = in_force(
        "condition", "leg:bridge_lorry", FROM, date(2020, 3, 10), id="flood", open=False
    )
    shut = in_force("close_post", "post:bridge", date(2020, 3, 3), date(2020, 3, 6))
    model = finished(under(world, flood, shut))
    # Closed by the post from day 2, by the flood from day 3 until day 9, in all that time.
    used = set(by_day(model, "flows", "persons", leg="bridge_lorry"))
    assert not used & set(range(2, 9))
    assert used & set(range(9, 12))


def test_nobody_enters_where_arrivals_are_closed(world: Scenario, baseline: BorderModel) -> None:
    model = finished(under(world, in_force("condition", "place:harbour", arrivals_open=False)))
    crowd, usual = model.world.crowd, baseline.world.crowd
    due = (crowd.entered[: crowd.present] >= BEGIN) & (crowd.entered[: crowd.present] < END)
    assert crowd.barred == due.sum() > 10
    assert (crowd.state[: crowd.present][due] == NOT_YET).all()
    assert (crowd.state[: crowd.present][~due] != NOT_YET).all()
    assert usual.barred == 0


def test_a_fence_lengthens_the_crossings_begun_while_it_stands(world: Scenario) -> None:
    """Alone and without a scout's wait, a crossing takes its 8 h, or 8 h and the fence's 4."""
    fence = under(world, in_force("condition", "sector:meadows", barrier="4 h"))
    plain = fence.model_copy(
        update={"switches": fence.switches.model_copy(update={"smugglers": "off"})}
    )
    model = BorderModel(plain, checks="full")
    path = model.world.graph.leg_index("meadow_path")
    seen = {8: 0, 12: 0}
    while model.now < model.clock.hours:
        hour = model.now
        model.step()
        crowd = model.world.crowd
        begun = (crowd.state == MOVING) & (crowd.leg == path) & (crowd.begun == hour)
        for hours in (crowd.due[begun] - crowd.begun[begun]).tolist():
            assert hours == (12 if BEGIN <= hour < END else 8)
            seen[hours] += 1
    assert min(seen.values()) > 3


def test_hours_held_change_for_those_stopped_meanwhile(world: Scenario) -> None:
    model = BorderModel(under(world, in_force("condition", "border:AAA-BBB", held="40 h")))
    seen = {12: 0, 40: 0}
    while model.now < model.clock.hours:
        hour = model.now
        model.step()
        crowd = model.world.crowd
        caught = (crowd.state == HELD) & (crowd.begun == hour)
        for hours in (crowd.due[caught] - crowd.begun[caught]).tolist():
            assert hours == (40 if BEGIN <= hour < END else 12)
            seen[hours] += 1
    assert min(seen.values()) > 0


def test_no_return_outside_procedure_where_every_border_is_monitored(world: Scenario) -> None:
    rows = tuple(
        a.model_copy(update={"outside_share": replace(a.outside_share, value=0.9)})
        for a in world.aftermath
    )
    # From the second day: officers in force at the start would be known to all, and shunned.
    second = world.start + timedelta(days=1)
    everywhere = measure("staffing", second, None, at="sector:meadows", officers={"BBB": 800})
    many = under(world.model_copy(update={"aftermath": rows}), everywhere)
    watched = under(many, in_force("screening", "border:AAA-BBB", monitoring=0))
    outside_ = by_day(finished(watched), "sectors", "outside")
    assert [outside_[d] for d in DAYS] == [0] * len(DAYS)
    assert sum(by_day(finished(many), "sectors", "outside")[d] for d in DAYS) > 0
    assert sum(outside_[d] for d in range(DAYS.start)) > 0


def test_beds_taken_away_put_nobody_out_and_take_nobody_in(world: Scenario) -> None:
    none = in_force("reception_places", "place:harbour", reception_places=0)
    model = BorderModel(under(world, none), checks="full")
    reception, harbour = model.world.reception, model.world.place_index["harbour"]
    before = 0
    while model.now < END:
        model.step()
        housed = int(reception.occupied[harbour])
        if model.now > BEGIN:
            assert housed <= before, "somebody was taken in"
        if model.now == BEGIN:
            assert housed > 0
        before = housed
    assert before == 0
    model.run()
    assert reception.occupied[harbour] > 0


# Officers -----------------------------------------------------------------------------------------


def books(model: BorderModel) -> float:
    return model.world.rosters.books()["BBB", "border_police"]


def test_staffing_of_two_measures_adds_up(world: Scenario) -> None:
    one = in_force("staffing", "sector:meadows", id="one", officers={"BBB": 10})
    two = in_force(
        "staffing", "sector:meadows", date(2020, 3, 6), date(2020, 3, 10), id="two",
        officers={"BBB": 5},
    )  # fmt: skip
    both = in_force("staffing", "sector:meadows", date(2020, 3, 6), UNTIL, officers={"BBB": 15})
    model, single = BorderModel(under(world, one, two)), BorderModel(under(world, both))
    on_books = []
    for day in range(12):
        for _ in range(24):
            model.step()
            single.step()
        on_books.append(books(model))
        if date(2020, 3, 6) <= date(2020, 3, 1 + day) < UNTIL:
            units = [m.world.sectors.coverage.planned_units(24 * day) for m in (model, single)]
            assert np.array_equal(*units)
    assert on_books == [100] * 3 + [110] * 2 + [115] * 2 + [105] * 2 + [100] * 3


def test_officers_of_a_night_shift_serve_at_night_only(world: Scenario) -> None:
    nights = in_force("staffing", "sector:meadows", officers={"BBB": 40}, hours="18:00-06:00")
    model, plain = BorderModel(under(world, nights)), BorderModel(world)
    while model.now < BEGIN + 30:
        model.step()
        plain.step()
    day = slice(BEGIN + 24, BEGIN + 48)
    more = [m.world.rosters.plan(day.start, 24)[0].sum(axis=0) for m in (model, plain)]
    added = more[0] - more[1]
    night = [h for h in range(24) if h < 6 or h >= 18]
    # 40 officers x 80 % present x 40 h a week = 15.2 on duty in shifts of 12 h.
    assert set(added[night]) <= {15, 16}
    assert not np.delete(added, night).any()


def test_officers_taken_from_elsewhere_are_missed_there_and_come_back(
    world: Scenario, baseline: BorderModel
) -> None:
    loan = in_force(
        "staffing", "sector:meadows", officers={"BBB": 20}, taken_from={"BBB": "post:bridge"}
    )
    model = BorderModel(under(world, loan), checks="full")
    while model.now < model.clock.hours:
        model.step()
        assert books(model) == 100, "officers are conserved"
    model.run()
    duty = [by_day(m, "posts", "on_duty", stream="cars") for m in (model, baseline)]
    hours = [by_day(m, "sectors", "unit_hours") for m in (model, baseline)]
    for day in range(12):
        if day in DAYS:
            assert duty[0][day] < duty[1][day]
            assert hours[0][day] > hours[1][day]
        else:
            assert duty[0][day] == duty[1][day]
            assert hours[0][day] == hours[1][day]
    # 20 officers x 80 % present x 40 h a week / 168 h are on duty at any hour.
    missed = np.mean([duty[1][d] - duty[0][d] for d in DAYS])
    assert missed == pytest.approx(20 * 0.8 * 40 / 168, abs=0.5)


# Periods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "begin", "end"),
    [
        (date(2020, 2, 1), UNTIL, 0, END),
        (date(2020, 3, 1), UNTIL, 0, END),
        (FROM, None, BEGIN, 288),
        (FROM, date(2020, 9, 1), BEGIN, 288),
        (date(2020, 2, 1), date(2021, 1, 1), 0, 288),
        (date(2020, 1, 1), date(2020, 3, 1), 0, 0),
        (date(2020, 3, 13), None, 0, 0),
    ],
    ids=["from before the start", "from the start", "without an end", "beyond the end",
         "all the while", "over before the start", "after the end"],
)  # fmt: skip
def test_a_period_is_cut_to_the_run(
    world: Scenario, since: date, until: date | None, begin: int, end: int
) -> None:
    acting = in_force("condition", "sector:meadows", since, until, alert="2 h")
    model = BorderModel(under(world, acting), checks="full")
    hours = []
    while model.now < model.clock.hours:
        hour = model.now
        model.step()
        if model.world.sectors.alert[0] == 2:
            hours.append(hour)
    assert hours == list(range(begin, end))
    model.run()
    kinds_ = table(model, "events")["kind"].tolist()
    assert kinds_ == ["measure begins"] * (end > 0) + ["measure ends"] * (0 < end < 288)


def test_a_measure_turns_at_local_midnight_when_the_clocks_have_changed(world: Scenario) -> None:
    """Belgrade leaves winter time on 29 March: from then on midnight is an hour earlier."""
    moved = world.model_copy(
        update={"zone": "Europe/Belgrade", "start": date(2020, 3, 27), "until": date(2020, 4, 3)}
    )
    acting = in_force(
        "condition", "sector:meadows", date(2020, 3, 30), date(2020, 4, 1), alert="2 h"
    )
    model = BorderModel(under(moved, acting), checks="full")
    hours = []
    while model.now < model.clock.hours:
        hour = model.now
        model.step()
        if model.world.sectors.alert[0] == 2:
            hours.append(hour)
    assert hours == list(range(3 * 24 - 1, 5 * 24 - 1))
    assert f"{model.clock.local(hours[0]):%m-%d %H:%M}" == "03-30 00:00"


def test_one_measure_ends_where_the_next_begins(world: Scenario) -> None:
    first = in_force("condition", "sector:meadows", FROM, UNTIL, id="first", alert="2 h")
    second = in_force("condition", "sector:meadows", UNTIL, date(2020, 3, 10), id="b", alert="3 h")
    model = BorderModel(under(world, second, first), checks="full")
    alerts = []
    while model.now < model.clock.hours:
        model.step()
        alerts.append(float(model.world.sectors.alert[0]))
    assert alerts == [0.25] * BEGIN + [2] * (END - BEGIN) + [3] * 48 + [0.25] * 72


# A harm that no measure may raise -----------------------------------------------------------------

SHARE = st.floats(0, 1)
SPAN = st.sampled_from(["00:00-24:00", "06:00-22:00", "22:00-04:00"])
CONDITIONS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "leg:meadow_path": {
        "open": st.booleans(),
        "duration": st.floats(0.1, 90),
        "cost": st.floats(0, 1e4),
    },
    "sector:meadows": {
        "barrier": st.floats(0, 20),
        "cover": st.floats(0, 9),
        "alert": st.floats(0, 9),
    },
    "border:AAA-BBB": {"held": st.floats(0, 500), "outside_factor": SHARE},
    "place:harbour": {"arrivals_open": st.booleans()},
    "post:bridge": {"open": st.booleans()},
}
KEYS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "staffing": st.fixed_dictionaries({
        "at": st.sampled_from(["sector:meadows", "post:bridge"]),
        "officers": st.fixed_dictionaries({"BBB": st.integers(0, 900)}),
    }),
    "close_post": st.just({"at": "post:bridge"}),
    "opening_hours": st.fixed_dictionaries({"at": st.just("post:bridge"), "hours": SPAN}),
    "lanes": st.fixed_dictionaries({
        "at": st.just("post:bridge"),
        "lanes": st.fixed_dictionaries({"cars": st.integers(0, 20)}),
    }),
    "equipment": st.fixed_dictionaries({
        "at": st.just("sector:meadows"), "sensors": st.integers(0, 99),
        "equipment": st.fixed_dictionaries({"thermal_camera": st.integers(0, 99)}),
    }) | st.fixed_dictionaries({
        "at": st.just("post:bridge"), "trained": st.booleans(),
        "methods": st.lists(st.sampled_from(["visual", "dogs", "scanner"]), min_size=1),
    }),
    "reception_places": st.fixed_dictionaries({
        "at": st.just("place:harbour"), "reception_places": st.integers(0, 999),
    }),
    "screening": st.fixed_dictionaries({
        "at": st.just("country:BBB"), "monitoring": SHARE, "identify_share": SHARE,
        "access_share": SHARE, "interviews_per_day": st.integers(0, 999),
        "interview": st.floats(0.1, 9), "false_share": SHARE, "registered_share": SHARE,
        "referral_share": SHARE,
    }) | st.fixed_dictionaries({"at": st.just("border:AAA-BBB"), "monitoring": SHARE}),
    "officer_exchange": st.fixed_dictionaries({
        "at": st.sampled_from(["sector:meadows", "post:bridge"]), "officers": st.just({"AAA": 10}),
        "taken_from": st.just({"AAA": "reserve:avaland"}),
        "brings": st.lists(st.sampled_from(["language", "home_documents", "home_desk"])),
    }),
    "joint_operation": st.fixed_dictionaries({
        "at": st.sampled_from(["sector:meadows", "post:bridge"]),
        "officers": st.just({"AAA": {"border_police": 10}}),
        "taken_from": st.just({"AAA": "reserve:avaland"}),
        "brings": st.lists(st.sampled_from(["language", "home_documents", "home_desk"])),
    }),
    "joint_patrol": st.fixed_dictionaries({
        "at": st.just("sector:meadows"), "officers": st.just({"BBB": 1, "AAA": 10}),
        "taken_from": st.just({"BBB": "post:bridge", "AAA": "reserve:avaland"}),
    }),
    "centre_desk": st.fixed_dictionaries({
        "at": st.just("desk:mill_bbb"), "officers": st.just({"BBB": 2}),
        "taken_from": st.just({"BBB": "post:bridge"}), "hours": st.sampled_from(
            ["00:00-24:00", "10:00-12:00"]), "shift": st.just("round_the_clock"),
        "days": st.sampled_from([["sun"], ["mon", "sat"]]),
    }) | st.fixed_dictionaries({"at": st.just("centre:mill"), "opened": st.booleans()}),
    "agreement": st.fixed_dictionaries({
        "at": st.just(["country:AAA", "country:BBB"]),
        "powers": st.lists(st.sampled_from(POWERS), min_size=1, unique=True),
    }),
    "investigation": st.fixed_dictionaries({
        "at": st.just("investigation:ferrymen_bbb"), "investigators": st.floats(0, 99),
        "central_office": st.booleans(),
    }),
    "readmission": st.fixed_dictionaries({
        "at": st.sampled_from(["readmission:bbb_aaa_near", "readmission:bbb_aaa"]),
        "near_hours": st.floats(0, 500), "near_distance": st.floats(0, 500),
        "answer_within": st.floats(1, 500), "answer": st.floats(0, 90), "prepare": st.floats(0, 90),
        "every_day": st.booleans(), "office": SPAN, "transfers": st.floats(0, 999),
    }),
    "condition": st.sampled_from(sorted(CONDITIONS)).flatmap(
        lambda at: st.fixed_dictionaries({"at": st.just(at), **CONDITIONS[at]})
    ),
}  # fmt: skip


@cache
def with_partner() -> Scenario:
    """Return the small world with a joint centre and a reserve of officers across the border."""
    reserve = Reserve.model_validate(
        {"id": "avaland", "country": "AAA", "officers": {"border_police": 50}}
    )
    with tempfile.TemporaryDirectory() as folder:
        whole = centre_world(Path(folder))
    return whole.model_copy(update={"reserves": (reserve,)})


@st.composite
def catalogue(draw: st.DrawFn) -> list[Measure]:
    """Draw measures of any kind of the catalogue, each for some days."""
    drawn = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(sorted(KEYS)))
        first = date(2020, 3, draw(st.integers(1, 6)))
        last = date(2020, 3, draw(st.integers(first.day + 1, 9)))
        drawn.append(measure(kind, first, last, id=f"m{number}", **draw(KEYS[kind])))
    return drawn


@given(catalogue())
@settings(max_examples=30, deadline=None)
def test_no_measure_raises_the_rate_of_returns_outside_procedure(drawn: list[Measure]) -> None:
    world = BorderModel(under(with_readmission(with_partner()), *drawn)).world
    highest = np.array([a.outside_share.value for a in base().aftermath] * 2)
    # What is in force from the first day is in force already: it may only have lowered the rate.
    assert (outside(world) <= highest).all()
    for hour in range(0, 24 * 10, 24):
        world.plan_duty(hour)
        world.turn_measures(hour)
        assert (outside(world) <= highest).all()
    assert np.array_equal(outside(world), highest)


def rights(world: World) -> np.ndarray[Any, Any]:
    """Return the rights of people in force: of screening in BBB, and claims on tracks."""
    assert world.readmission is not None
    screened = [world.screening.get("BBB", right) for right in OF_SCREENING]
    return np.array([*screened, *world.readmission.tracks.value["claim_share"],
                     *-world.readmission.tracks.value["claim_delay"]])  # fmt: skip


@given(catalogue())
@settings(max_examples=30, deadline=None)
def test_no_measure_that_is_allowed_lowers_a_right(drawn: list[Measure]) -> None:
    """Of each measure of the catalogue is left what the questions of a plan leave of it."""
    scenario = with_readmission(with_partner())
    least = rights(BorderModel(scenario).world)
    left = []
    for one in drawn:
        problems = [p for p in problems_of(scenario, one) if p.rule == "rights-lowered"]
        left.append(one.model_copy(update={p.key: None for p in problems}))
    world = BorderModel(under(scenario, *left)).world
    assert (rights(world) >= least).all()
    for hour in range(0, 24 * 10, 24):
        world.plan_duty(hour)
        world.turn_measures(hour)
        assert (rights(world) >= least).all()
    assert np.array_equal(rights(world), least)


@dataclass
class Returns:
    """Parties stopped by officers in a run, and who of them was returned outside procedure.

    Attributes:
        reached: Parties that a unit reached.
        parties: Those of them returned outside procedure.
        persons: Persons in these.
        background: Those reached whose own draw the background rate of their border returns.
    """

    reached: int = 0
    parties: int = 0
    persons: int = 0
    background: int = 0


@cache
def with_fields_across() -> Scenario:
    """Return the centre's world with units across, tracks, and three stops in ten sent back."""
    with tempfile.TemporaryDirectory() as folder:
        whole = with_readmission(centre_world(Path(folder), *CHANGES))
    often = replace(whole.aftermath[0].outside_share, value=0.3)
    rows = tuple(a.model_copy(update={"outside_share": often}) for a in whole.aftermath)
    many = tuple(
        a.model_copy(update={"persons": replace(a.persons, value=60 * a.persons.value)})
        for a in whole.arrivals
    )
    seeing = tuple(
        s.model_copy(update={"sensors": replace(s.sensors, value=60.0)}) for s in whole.sectors
    )
    return whole.model_copy(update={
        "aftermath": rows, "arrivals": many, "sectors": seeing, "until": date(2020, 3, 14),
    })  # fmt: skip


def returns_of(scenario: Scenario) -> Returns:
    """Run a scenario and return what its encounters came to, held against the background rate.

    Whether a party reached is returned is one keyed draw against the rate: no measure changes the
    draw, so that the rate was nowhere raised if nobody above the background rate was returned.
    """
    seen, meet = Returns(), Sectors.meet
    background = scenario.aftermath[0].outside_share.value

    def spied(
        self: Sectors, sector: Any, end: Any, stay: Any, persons: Any, base: Any, hour: float,
        *rest: Any, **more: Any,
    ) -> Any:  # fmt: skip
        outcome = meet(self, sector, end, stay, persons, base, hour, *rest, **more)
        if not more.get("goods"):
            salts = np.array([salt("encounter outside", name) for name in self.ids], np.uint64)
            drawn = Draws(0).uniform(base, salts[sector])  # the run's bits are in the base
            reached, outside = np.isin(outcome, (INTERCEPTED, OUTSIDE)), outcome == OUTSIDE
            seen.reached += int(reached.sum())
            seen.parties += int(outside.sum())
            seen.persons += int(persons[outside].sum())
            seen.background += int((reached & (drawn < background)).sum())
            assert not (outside & (drawn >= background)).any(), "the rate was raised"
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sectors, "meet", spied)
        model = finished(scenario)
    ledger = table(model, "ledger")
    counted = ledger.loc[ledger["item"] == "returned_outside_procedure", "value"].sum()
    assert counted == seen.persons, "somebody was returned without an encounter"
    return seen


def test_without_a_measure_the_background_rate_is_what_returns() -> None:
    seen = returns_of(with_fields_across())
    assert seen.parties == seen.background > 50
    error = math.sqrt(0.3 * 0.7 / seen.reached)
    assert seen.parties / seen.reached == pytest.approx(0.3, abs=4 * error)


@given(catalogue())
@settings(max_examples=12, deadline=None)
def test_in_no_run_does_a_set_of_measures_raise_the_rate_of_returns(drawn: list[Measure]) -> None:
    """Measures of any kind together, on a run: of those reached at most as many as ever."""
    seen = returns_of(under(with_fields_across(), *drawn))
    assert seen.parties <= seen.background


def test_the_property_knows_every_kind_of_the_catalogue() -> None:
    assert set(KEYS) == set(kinds()), "a new kind: say here what its measures may look like"


@pytest.mark.parametrize("factor", [1.0001, 2.0, -0.1])
def test_a_factor_that_would_raise_the_rate_is_refused(world: Scenario, factor: float) -> None:
    for kind, key in (("screening", "monitoring"), ("condition", "outside_factor")):
        with pytest.raises(ValueError, match="range"):
            in_force(kind, "border:AAA-BBB", **{key: factor})
    with pytest.raises(ValueError, match="would raise a harm"):
        BorderModel(world).world.sectors.aftermath.set_outside_factor(factor, border="AAA-BBB")
