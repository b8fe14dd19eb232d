"""Parameter draws follow their stated distributions, one quantity independent of another."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from sim.model import BorderModel
from sim.scenario.amounts import amounts
from sim.scenario.drawing import REACHED, drawn
from sim.scenario.loading import load
from tests.stories.small_world import PLAN, small_world, write
from tests.verification.proof import prove

DRAWS = 400


def test_uniform_and_log_uniform_draws(tmp_path: Path) -> None:
    scenario = small_world(
        tmp_path, ("kappa: 3", "kappa: {value: 3, low: 1, high: 100, scale: log}")
    )
    worlds = [drawn(scenario, 11, r) for r in range(DRAWS)]
    speed = [w.parameters["party_speed"].value for w in worlds]
    log_kappa = [math.log(w.parameters["kappa"].value) for w in worlds]
    assert min(speed) >= 2.0
    assert max(speed) <= 4.0
    width = 1.0 / math.sqrt(12 * DRAWS)
    prove("18.1", float(np.mean(speed)), 3.0, 2.0 * width)
    prove("18.2", float(np.mean(log_kappa)), math.log(100) / 2, math.log(100) * width)
    prove("18.3", float(np.corrcoef(speed, log_kappa)[0, 1]), 0.0, 1.0 / math.sqrt(DRAWS))


def test_only_what_has_a_range_changes_and_targets_never_do() -> None:
    scenario = load("two_routes")
    one, two = drawn(scenario, 1, 0), drawn(scenario, 1, 1)
    before = dict(amounts(scenario))
    changed = {name for name, q in amounts(one) if q.value != before[name].value}
    ranged = {n for n, q in before.items() if q.low is not None and q.low != q.high}
    shares = {n for n in before if n.startswith("aftermath.")}
    assert changed <= ranged | shares
    assert len(changed) > 0.9 * len(ranged)
    assert not any(name.startswith("targets.") for name in changed)
    assert all(q.low <= q.value <= q.high for n, q in amounts(one) if n in ranged - shares)  # type: ignore[operator]
    assert one != two
    assert one == drawn(scenario, 1, 0)
    assert one != drawn(scenario, 2, 0)


def test_a_plan_shares_its_draws_with_the_baseline(tmp_path: Path) -> None:
    plan = write(tmp_path, text=PLAN, name="plan.yaml")
    base = dict(amounts(drawn(small_world(tmp_path), 5, 3)))
    treated = dict(amounts(drawn(small_world(tmp_path, plans=[str(plan)]), 5, 3)))
    assert base == {name: treated[name] for name in base}


def test_shares_after_a_stop_still_add_up_and_stays_fit_their_legs(tmp_path: Path) -> None:
    scenario = small_world(
        tmp_path,
        ("back_share: 60 %", "back_share: {value: 60 %, low: 30 %, high: 90 %}"),
        ("stay: 3 h, hazard", "stay: {value: 3 h, low: 1 h, high: 20 h}, hazard"),
    )
    for r in range(50):
        world = drawn(scenario, 3, r)
        row = world.aftermath[0]
        shares = (row.back_share, row.released_share, row.gave_up_share, row.asylum_share)
        assert math.isclose(sum(s.value for s in shares), 1.0, abs_tol=1e-12)
        leg = next(leg for leg in world.legs if leg.id == "meadow_path")
        assert leg.stay.value <= leg.duration.value


def test_a_way_back_takes_the_draw_of_its_leg(tmp_path: Path) -> None:
    scenario = small_world(
        tmp_path,
        ("to: market, mode: bus, distance: 60 km, duration: 2 h",
         "to: market, mode: bus, distance: 60 km, duration: {value: 2 h, low: 1 h, high: 4 h}"),
    )  # fmt: skip
    legs = {leg.id: leg for leg in drawn(scenario, 9, 0).legs}
    assert legs["harbour_road"].duration.value == legs["harbour_road_back"].duration.value
    assert legs["harbour_road"].duration.value != 2.0


def test_a_drawn_stopped_share_can_be_reached_under_the_drawn_times(tmp_path: Path) -> None:
    """A high share with a short way to cover was refused, and with it the whole ensemble."""
    scenario = small_world(
        tmp_path,
        ("officers: {border_police: 60}, shift: round_the_clock, duty_share: 80 %, speed",
         "stopped_share: {value: 60 %, low: 40 %, high: 99 %}, shift: round_the_clock, "
         "duty_share: 80 %, speed"),
        ("cover: 1.5 h", "cover: {value: 1.5 h, low: 0.25 h, high: 3 h}"),
    )  # fmt: skip
    cut = 0
    for r in range(40):
        world = drawn(scenario, 1, r)
        (sector,) = world.sectors
        sight = world.aftermath[0].sight_share.value
        reach = sight + (1 - sight) * math.exp(-sector.alert.value / sector.cover.value)
        assert sector.stopped_share is not None
        assert sector.stopped_share.value <= REACHED * reach
        cut += sector.stopped_share.value == REACHED * reach
        if r < 4:
            BorderModel(world, 1)
    assert 0 < cut < 40


def test_a_draw_of_the_region_that_was_refused_is_a_run() -> None:
    BorderModel(drawn(load("adriatic_shift"), 1, 0), 1)
