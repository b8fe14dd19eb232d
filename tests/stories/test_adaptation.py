"""Networks that do not learn from a day on, and the part of an effect that their learning is."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest

from analysis.comparison import compare
from sim.experiments.comparisons import run_comparison
from sim.experiments.designs import Design, _plan
from sim.experiments.executors import SerialExecutor
from tests.model_runs import finished, measure, table, under
from tests.stories.partners import partners
from tests.stories.small_world import small_world

LEARNED = ["week", "leg", "share", "price"]


def test_frozen_from_a_day_on_shares_and_prices_stand_still(tmp_path: Path) -> None:
    """Wednesday 25 March lies in week 3, counted from 0: week 4 begins as week 3 did."""
    learning = small_world(tmp_path, sets=("until=2020-04-26",))
    frozen = learning.model_copy(update={"adaptation_frozen_from": date(2020, 3, 25)})
    free, still = (table(finished(scenario), "networks") for scenario in (learning, frozen))
    before = still["week"] <= 3
    assert still[before].equals(free[before])
    assert still.loc[before, "carried"].sum() > 0
    for name in ("share", "price"):
        moves, stands = (rows.pivot(index="week", columns="leg", values=name) for rows in
                         (free, still))  # fmt: skip
        assert len(stands) == 8
        assert (stands.loc[:3].nunique() > 1).all(), "it learned before"
        assert (stands.loc[3:].nunique() == 1).all(), name
        assert (moves.loc[3:].nunique() > 1).all(), name


def test_adaptation_is_the_whole_effect_less_the_one_while_nobody_learns(tmp_path: Path) -> None:
    base = partners(tmp_path, until="2020-03-29")
    patrols = measure(
        "joint_patrol", date(2020, 3, 3), None, at="sector:meadows",
        officers={"AAA": 60, "BBB": 40},
        taken_from={"AAA": "reserve:avaland", "BBB": "reserve:belmark"},
    )  # fmt: skip
    made = Design(base)
    made.add("baseline", base)
    made.plans.append(_plan(made, "patrols", "", under(base, patrols), True, ()))
    assert len(made.runs) == 5
    out = tmp_path / "compared"
    run_comparison(made, 5, 2, SerialExecutor(), out, {}, [].append)
    comparison = compare(out)
    whole, frozen, adaptation = (
        {(e.outcome, e.subject): e.result.difference for e in comparison.effects
         if e.effect == effect}
        for effect in ("whole", "frozen", "adaptation")
    )  # fmt: skip
    assert whole.keys() == adaptation.keys() == frozen.keys()
    known = [key for key, value in adaptation.items() if not math.isnan(value)]
    assert {key: adaptation[key] for key in known} == pytest.approx(
        {key: whole[key] - frozen[key] for key in known}
    )
    assert adaptation["network_price", "network:ferrymen"] != 0
    assert sum(adaptation[key] != 0 for key in known) > 10
