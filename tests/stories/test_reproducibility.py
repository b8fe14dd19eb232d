"""Same scenario and seed, same run: on any number of workers, in any order of institutions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.experiments.runs import run
from sim.model import BorderModel
from sim.records.hashing import run_hash
from sim.scenario.loading import load
from sim.scenario.measures import Measure
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, measure, table, under
from tests.stories.small_world import small_world

#: Neither begins nor ends a week of the run, so that no weekly step hides what they do.
FROM, UNTIL = date(2020, 3, 12), date(2020, 4, 2)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("two_routes", sets=("until=2020-04-15",))


@pytest.fixture(scope="module")
def baseline(scenario: Scenario) -> BorderModel:
    return finished(scenario)


def hash_of(scenario: Scenario, out: Path, workers: int = 1, seed: int | None = None) -> str:
    done = run(scenario, seed=seed, replicates=2, workers=workers, out=out)
    return run_hash(done.records)


def test_the_hash_is_that_of_scenario_and_seed_on_one_and_two_workers(tmp_path: Path) -> None:
    world = small_world(tmp_path, sets=("until=2020-03-22",))
    one = hash_of(world, tmp_path / "one")
    assert hash_of(world, tmp_path / "again") == one
    assert hash_of(world, tmp_path / "two", workers=2) == one
    assert hash_of(world, tmp_path / "other", seed=world.seed + 1) != one


def test_a_run_twice_is_equal_and_another_seed_differs(
    scenario: Scenario, baseline: BorderModel
) -> None:
    assert differing(baseline, finished(scenario)) == []
    other = differing(baseline, finished(scenario, scenario.seed + 1))
    assert {"outcomes", "flows", "journeys", "sectors", "stocks", "networks"} <= set(other)


# A plan that sets what already holds ------------------------------------------------------------

NOTHING_NEW: tuple[Measure, ...] = (
    measure("staffing", FROM, UNTIL, at="sector:hilltop", officers={"DDD": 0}),
    measure("lanes", FROM, UNTIL, at="post:mill_bridge", lanes={"cars": 4, "lorries": 2}),
    measure("opening_hours", FROM, UNTIL, at="post:long_lake", hours="06:00-22:00"),
    measure(
        "equipment", FROM, UNTIL, id="cameras", at="sector:meadows",
        equipment={"thermal_camera": 2}, sensors=0,
    ),
    measure(
        "equipment", FROM, UNTIL, id="dogs", at="post:mill_bridge", methods=["visual", "dogs"],
        trained=False,
    ),
    measure("reception_places", FROM, UNTIL, at="place:market_town", reception_places=300),
    measure(
        "screening", FROM, UNTIL, at="country:BBB", identify_share=0.15, interviews_per_day=20,
        monitoring=1,
    ),
    measure("condition", FROM, UNTIL, id="open_post", at="post:high_pass", open=True),
    measure(
        "condition", FROM, UNTIL, id="same_road", at="leg:harbour_road", open=True,
        duration="2 h", cost=10,
    ),
    measure(
        "condition", FROM, UNTIL, id="same_reeds", at="sector:reeds", barrier="1 h", cover="2 h",
        alert="10 min",
    ),
    measure("condition", FROM, UNTIL, id="landing", at="place:harbour", arrivals_open=True),
    measure("condition", FROM, UNTIL, id="as_ever", at="border:AAA-BBB", outside_factor=1),
)  # fmt: skip


def test_a_plan_that_sets_what_already_holds_differs_by_exactly_zero(
    scenario: Scenario, baseline: BorderModel
) -> None:
    planned = finished(under(scenario, *NOTHING_NEW))
    announced = table(planned, "events")
    assert set(announced["kind"]) == {"measure begins", "measure ends"}
    assert {text.partition(":")[0] for text in announced["text"]} == {m.id for m in NOTHING_NEW}
    assert differing(baseline, planned, ignore=("events",)) == []


@pytest.mark.parametrize(
    "nothing",
    [
        measure("staffing", FROM, UNTIL, at="post:high_pass", officers={"CCC": 5},
                taken_from={"CCC": "post:high_pass"}),
        measure("condition", FROM, UNTIL, at="border:AAA-BBB", held="12 h"),
    ],
    ids=["officers who stay where they are", "hours held as ever"],
)  # fmt: skip
def test_what_is_planned_anew_without_a_change_comes_out_the_same(
    scenario: Scenario, baseline: BorderModel, nothing: Measure
) -> None:
    assert differing(baseline, finished(under(scenario, nothing)), ignore=("events",)) == []


def test_a_measure_that_touches_no_queue_leaves_every_post_alone(
    scenario: Scenario, baseline: BorderModel
) -> None:
    beds = measure("reception_places", FROM, UNTIL, at="place:market_town", reception_places=3)
    planned = finished(under(scenario, beds))
    assert "stocks" in differing(baseline, planned)
    lawful = ["day", "post", "stream", "served", "mean_wait", "max_wait", "queue", "on_duty"]
    assert table(baseline, "posts")[lawful].equals(table(planned, "posts")[lawful])


# Order of institutions --------------------------------------------------------------------------


def test_the_order_of_institutions_changes_nothing(
    scenario: Scenario, baseline: BorderModel
) -> None:
    shuffled = BorderModel(scenario, checks="full")
    before = [agent.name for agent in shuffled.agents]
    shuffled.agents.shuffle(inplace=True)
    assert [agent.name for agent in shuffled.agents] != before
    shuffled.run()
    assert differing(baseline, shuffled) == []
