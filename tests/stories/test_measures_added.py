"""Measures added while a run goes on: by the hour, with a plan's checks, reverting at their end."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sim.errors import InputError
from sim.model import BorderModel
from sim.scenario.measures import Measure
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import measure, under
from tests.stories.partners import partners
from tests.stories.small_world import small_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return small_world(tmp_path_factory.mktemp("world"), sets=("until=2020-03-06",))


def new(kind: str, at: str, **keys: Any) -> Measure:
    return measure(kind, date(2020, 3, 1), None, at=at, **keys)


def run_to(world: Scenario, hour: int) -> BorderModel:
    model = BorderModel(world, checks="full")
    while model.now < hour:
        model.step()
    return model


def officers(model: BorderModel) -> float:
    return model.world.rosters.books()["BBB", "border_police"]


def test_a_measure_added_acts_in_its_hours_and_reverts(world: Scenario) -> None:
    model = run_to(world, 30)
    more = new("staffing", "sector:meadows", officers={"BBB": 20})
    held = model.world.in_force.add(more, 33, 50)
    assert (held.measure.since, held.measure.until) == (date(2020, 3, 2), date(2020, 3, 4))
    seen = {}
    while model.now < 60:
        model.step()
        seen[model.now - 1] = officers(model)
    assert {h for h, n in seen.items() if n == 120} == set(range(33, 50))
    assert set(seen.values()) == {100, 120}


def test_one_added_in_the_hour_reached_begins_with_it(world: Scenario) -> None:
    model = run_to(world, 30)
    model.world.in_force.add(new("close_post", "post:bridge"), 30)
    model.step()
    assert model.world.posts is not None
    assert not model.world.posts.open[0]


def refused(model: BorderModel, measure: Measure, begin: int, end: int | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        model.world.in_force.add(measure, begin, end)
    return [p.rule for p in caught.value.problems]


def test_what_a_plan_may_not_do_is_refused_with_the_plans_words(world: Scenario) -> None:
    model = run_to(world, 30)
    # The bridge has 40 officers on its books.
    take = {"officers": {"BBB": 30}, "taken_from": {"BBB": "post:bridge"}}
    assert refused(model, new("close_post", "post:brigde"), 40) == ["unknown-post"]
    assert refused(model, new("close_post", "sector:meadows"), 40) == ["wrong-target"]
    assert refused(model, new("lanes", "post:bridge", lanes={"buses": 2}), 40) == ["unknown-stream"]
    assert refused(model, new("close_post", "post:bridge"), 29) == ["outside-run"]
    assert refused(model, new("close_post", "post:bridge"), 40, 40) == ["outside-run"]
    assert refused(model, new("close_post", "post:bridge"), 9_000) == ["outside-run"]
    model.world.in_force.add(new("staffing", "sector:meadows", id="first", **take), 40, 60)
    more = new("staffing", "sector:meadows", id="second", **take)
    assert refused(model, more, 50, 70) == ["not-enough-officers"]
    # It begins earlier, and would still hold when the first one begins.
    assert refused(model, more, 35, 45) == ["not-enough-officers"]
    model.world.in_force.add(more, 60, 70)
    again = new("staffing", "sector:meadows", id="second", officers={"BBB": 1})
    assert refused(model, again, 62) == ["duplicate-id"]


def test_measures_overlap_by_the_hour_not_by_the_day(world: Scenario) -> None:
    model = run_to(world, 30)
    add = model.world.in_force.add
    add(new("lanes", "post:bridge", id="morning", lanes={"cars": 1}), 32, 36)
    add(new("lanes", "post:bridge", id="noon", lanes={"cars": 2}), 36, 40)
    third = new("lanes", "post:bridge", id="third", lanes={"cars": 3})
    # One problem with each of the two it meets.
    assert refused(model, third, 35, 37) == ["overlapping-measures"] * 2
    add(third, 40)
    values = []
    posts = model.world.posts
    assert posts is not None
    while model.now < 42:
        model.step()
        values.append(posts.lanes[0])
    assert values == [3, 3, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3]


def test_it_meets_the_measures_of_the_plan(world: Scenario) -> None:
    shut = measure("close_post", date(2020, 3, 3), date(2020, 3, 4), at="post:bridge", id="shut")
    model = run_to(under(world, shut), 30)
    assert refused(model, new("close_post", "post:bridge"), 40, 49) == ["overlapping-measures"]
    model.world.in_force.add(new("close_post", "post:bridge"), 40, 48)


def test_an_agreement_must_hold_as_long_as_a_measure_that_is_added(tmp_path: Path) -> None:
    """The plan's pact ends on 6 March; another may take its place from that day on."""
    world = partners(tmp_path)
    (listed,) = world.agreements
    pact = measure("agreement", date(2020, 3, 3), date(2020, 3, 6), id="pact",
                   at=["country:AAA", "country:BBB"], powers=["joint_patrol"])  # fmt: skip
    later = listed.model_copy(update={"since": date(2020, 3, 6)})
    patrol = new("joint_patrol", "sector:meadows", officers={"AAA": 8},
                 taken_from={"AAA": "reserve:avaland"})  # fmt: skip
    for rows, end, rules in (((), 120, []), ((), 130, ["no-agreement"]), ((later,), 200, [])):
        model = run_to(under(world.model_copy(update={"agreements": rows}), pact), 60)
        problems = model.world.in_force.problems(patrol, 70, end)
        assert [p.rule for p in problems] == rules
        assert all("on 2020-03-06" in p.message for p in problems)


def test_one_that_is_ended_early_reverts_then_and_one_not_begun_never_begins(
    world: Scenario,
) -> None:
    model = run_to(world, 30)
    in_force = model.world.in_force
    in_force.add(new("staffing", "sector:meadows", id="endless", officers={"BBB": 5}), 30)
    in_force.add(new("staffing", "sector:meadows", id="later", officers={"BBB": 7}), 60, 70)
    in_force.add(new("staffing", "sector:meadows", id="short", officers={"BBB": 9}), 31, 80)
    model.step()
    in_force.end("endless", 40)
    in_force.end("short", 35)
    in_force.end("later", 50)
    seen = {}
    while model.now < 90:
        model.step()
        seen[model.now - 1] = officers(model)
    assert [seen[h] for h in (31, 34, 35, 39, 40, 65, 85)] == [114, 114, 105, 105, 100, 100, 100]
    with pytest.raises(InputError, match="not-in-force"):
        in_force.end("endless", 95)


def test_a_run_with_an_added_measure_repeats_itself(world: Scenario, tmp_path: Path) -> None:
    digests = []
    for _ in range(2):
        model = run_to(world, 30)
        model.world.in_force.add(new("close_post", "post:bridge"), 41, 77)
        model.run()
        digests.append((model.digest(), model.world.crowd.due.tobytes()))
    assert digests[0] == digests[1]
