"""Books that must close between parts of the world: money, crossings, counters, the pool."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.model import BorderModel
from sim.movement.crowd import HELD, MOVING, QUEUED, RECEPTION, WAITING
from sim.scenario.loading import load
from sim.scenario.quantities import Quantity
from sim.scenario.specs.scenario import Scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("two_routes", sets=["until=2020-05-15"])


def free_of_fares(scenario: Scenario) -> Scenario:
    legs = tuple(x.model_copy(update={"cost": replace(x.cost, value=0.0)}) for x in scenario.legs)
    parameters = {**scenario.parameters, "living_cost": Quantity(0.0, unit="EUR/d")}
    return scenario.model_copy(update={"legs": legs, "parameters": parameters})


def test_what_travellers_pay_is_what_networks_take(scenario: Scenario) -> None:
    model = BorderModel(free_of_fares(scenario), 1)
    recorder = model.run()
    crowd = model.world.crowd
    rows = slice(0, crowd.size)
    paid = float((crowd.spent[rows].astype(float) * crowd.persons[rows]).sum())
    taken = float(recorder.columns("networks")["revenue"].sum())
    assert taken > 0
    assert paid == pytest.approx(taken, rel=1e-4)


def test_a_network_is_paid_on_a_leg_that_nobody_controls(scenario: Scenario) -> None:
    model = BorderModel(scenario, 1)
    rows = model.run().columns("networks")
    legs = model.world.legs
    plain = {legs.specs[i].id for i in np.flatnonzero(~legs.controlled)}
    mine = np.isin(rows["leg"].astype(str), sorted(plain))
    assert mine.any()
    assert rows["carried"][mine].sum() > 0
    assert rows["revenue"][mine].sum() > 0


def test_whoever_stands_in_another_country_has_crossed_a_border(scenario: Scenario) -> None:
    model = BorderModel(scenario, 1)
    model.run()
    world, crowd = model.world, model.world.crowd
    rows = np.concatenate([np.arange(part.start, part.stop) for part in crowd.in_use()])
    resting = crowd.state[rows] != MOVING
    here = world.place_country[crowd.node[rows]]
    came = world.place_country[crowd.entry[rows]]
    abroad = resting & (here != came)
    assert abroad.sum() > 100
    assert (crowd.borders[rows[abroad]] != 0).all()


def test_nobody_is_inspected_at_a_post_without_officers(scenario: Scenario) -> None:
    posts = tuple(
        post.model_copy(update={"officers": {k: replace(q, value=0.0)
                                             for k, q in post.officers.items()}})
        for post in scenario.posts
    )  # fmt: skip
    recorder = BorderModel(scenario.model_copy(update={"posts": posts}), 1).run()
    rows = recorder.columns("posts")
    assert rows["on_duty"].sum() == 0
    assert rows["tried"].sum() == 0


@pytest.mark.parametrize("window", [1, 3])
def test_the_pool_that_hears_news_is_everybody_on_the_way(
    scenario: Scenario, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = scenario.clock.model_copy(update={"window": Quantity(float(window), unit="h")})
    model = BorderModel(scenario.model_copy(update={"clock": clock}), 1)
    world, crowd = model.world, model.world.crowd
    heard: list[tuple[float, int]] = []
    daily = world.awareness.daily

    def listen(passages: np.ndarray, pool: float) -> None:
        on_the_way = 0
        for part in crowd.in_use():
            state = np.isin(crowd.state[part], (MOVING, WAITING, QUEUED, HELD, RECEPTION))
            on_the_way += int(crowd.persons[part][state].sum())
        heard.append((pool, on_the_way))
        daily(passages, pool)

    monkeypatch.setattr(world.awareness, "daily", listen)
    for _ in range(20 * 24 // window):
        model.step()
    assert len(heard) == 20
    assert all(pool == counted for pool, counted in heard)
