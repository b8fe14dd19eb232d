"""Agreements give powers from their day to their last, and the meeting is an event."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.clock import Clock
from sim.cooperation.agreements import POWERS, Agreements
from sim.errors import ModelError
from sim.scenario.loading import check
from sim.scenario.specs.agreements import Agreement
from tests.model_runs import finished, measure, table, under
from tests.stories.small_world import small_world, write

CLOCK = Clock(date(2020, 3, 1), date(2020, 3, 11), "UTC")
COUNTRIES = ("AAA", "BBB", "CCC")


def agreement(name: str, parties: str, powers: str, **keys: Any) -> Agreement:
    return Agreement.model_validate(
        {"id": name, "parties": parties.split(), "powers": powers.split()} | keys
    )


def test_a_power_holds_from_its_day_to_the_day_before_its_last() -> None:
    row = agreement("patrols", "AAA BBB", "joint_patrol", **{"from": date(2020, 3, 3)},
                    until=date(2020, 3, 5))  # fmt: skip
    agreements = Agreements([row], (), CLOCK, COUNTRIES)
    held = [agreements.in_force("joint_patrol", "BBB", "AAA", h) for h in (47, 48, 95, 96)]
    assert held == [None, "patrols", "patrols", None]
    assert agreements.in_force("readmission", "AAA", "BBB", 60) is None
    assert agreements.in_force("joint_patrol", "AAA", "CCC", 60) is None
    assert agreements.in_force("joint_patrol", "AAA", "BBB", 60, named="patrols") == "patrols"
    assert agreements.in_force("joint_patrol", "AAA", "BBB", 60, named="others") is None


def test_an_agreement_of_three_covers_every_pair_and_no_country_with_itself() -> None:
    agreements = Agreements(
        [agreement("convention", "AAA BBB CCC", "information_exchange")], (), CLOCK, COUNTRIES
    )
    one, other = np.indices((3, 3)).reshape(2, -1)
    covered = agreements.covered("information_exchange", one, other, 0.0).reshape(3, 3)
    assert covered.tolist() == (~np.eye(3, dtype=bool)).tolist()
    assert agreements.table(0.0).sum() == 6
    assert agreements.table(0.0).shape == (len(POWERS), 3, 3)
    with pytest.raises(ModelError, match="no agreement gives 'hot_pursuit'"):
        agreements.in_force("hot_pursuit", "AAA", "BBB", 0.0)


def test_parties_with_partners_cover_no_two_of_one_side() -> None:
    """As between a country and the members of a union."""
    union = agreement("union", "AAA", "readmission", partners=("BBB", "CCC"))
    agreements = Agreements([union], (), CLOCK, COUNTRIES)
    held = [
        agreements.in_force("readmission", one, other, 0.0)
        for one, other in (("AAA", "BBB"), ("CCC", "AAA"), ("BBB", "CCC"))
    ]
    assert held == ["union", "union", None]
    table = agreements.table(0.0)[POWERS.index("readmission")]
    assert table.astype(int).tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]


def test_the_meeting_that_brings_an_agreement_into_force_is_an_event(tmp_path: Path) -> None:
    row = ("powers:\n", "agreements:\n  - {id: patrols, parties: [AAA, BBB], from: 2020-03-03, "
           "powers: [joint_patrol], meeting: Ministers at the bridge}\npowers:\n")  # fmt: skip
    world = small_world(tmp_path, row, sets=("until=2020-03-07",))
    brought = measure(
        "agreement", date(2020, 3, 4), date(2020, 3, 6), at=["country:AAA", "country:BBB"],
        powers=["readmission"],
    )  # fmt: skip
    model = finished(under(world, brought))
    events = table(model, "events")
    assert events[["hour", "kind", "subject", "text"]].to_numpy().tolist() == [
        [48.0, "agreement in force", "agreement:patrols",
         "AAA, BBB: joint patrol (Ministers at the bridge)"],
        [72.0, "agreement in force", "agreement:agreement", "AAA, BBB: readmission"],
        [120.0, "agreement ends", "agreement:agreement", "AAA, BBB: readmission"],
    ]  # fmt: skip
    held = [model.world.agreements.in_force("readmission", "AAA", "BBB", h) for h in (71, 72, 120)]
    assert held == [None, "agreement", None]


def test_an_agreement_moves_nobody_and_its_null_is_nothing(tmp_path: Path) -> None:
    world = small_world(tmp_path, sets=("until=2020-03-07",))
    brought = measure("agreement", date(2020, 3, 2), None, at=["country:AAA", "country:BBB"],
                      powers=list(POWERS))  # fmt: skip
    assert brought.null() is None
    assert brought.postings() == ()
    one, two = finished(world), finished(under(world, brought))
    for name in ("journeys", "sectors", "posts", "ledger"):
        assert table(one, name).equals(table(two, name)), name


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("{id: a, parties: [AAA, AAA], powers: [readmission]}", "duplicate-party"),
        ("{id: a, parties: [AAA, DDD], powers: [readmission]}", "unknown-country"),
        ("{id: a, parties: [AAA, BBB], powers: [hot_pursuit]}", "unknown-value"),
        ("{id: a, parties: [AAA, BBB], powers: [readmission], from: 2020-04-01, "
         "until: 2020-03-01}", "bad-period"),
        ("{id: a, parties: [AAA], powers: [readmission]}", "missing-party"),
        ("{id: a, parties: [], powers: [readmission]}", "wrong-length"),
        ("{id: a, parties: [AAA], partners: [AAA], powers: [readmission]}", "duplicate-party"),
    ],
)  # fmt: skip
def test_an_agreement_that_cannot_be_is_refused(tmp_path: Path, row: str, rule: str) -> None:
    path = write(tmp_path, ("powers:\n", f"agreements:\n  - {row}\npowers:\n"))
    assert [p.rule for p in check(str(path))] == [rule]
