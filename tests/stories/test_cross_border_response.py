"""While a joint patrol is out, the partner's free units run too; without it the race ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.control.race import NEVER
from sim.cooperation.cross_border import CrossBorderUnits
from sim.model import BorderModel
from sim.scenario.measures import Measure
from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.scenario import Scenario
from tests.border_rows import races_won
from tests.model_runs import differing, finished, measure, table, under
from tests.stories.partners import partners

FROM, UNTIL = date(2020, 3, 2), date(2020, 3, 12)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Few of Belmark's officers, sensors that see much, and many of Avaland's across."""
    whole = partners(tmp_path_factory.mktemp("world"))

    def officers(number: float) -> dict[Any, Any]:
        lent = whole.sectors[0].officers["border_police"]
        return {"border_police": replace(lent, value=number)}

    def number(value: float) -> Any:
        return replace(whole.sectors[0].sensors, value=value)

    meadows, fields = whole.sectors
    sectors = (
        meadows.model_copy(update={
            "officers": officers(8.0), "sensors": number(40.0),
            "sensor_range": replace(meadows.sensor_range, value=2.0),
        }),
        fields.model_copy(update={"officers": officers(150.0)}),
    )  # fmt: skip
    return whole.model_copy(update={"sectors": sectors})


def patrol(**keys: Any) -> Measure:
    return measure("joint_patrol", FROM, UNTIL, **{
        "at": "sector:meadows", "officers": {"AAA": 12},
        "taken_from": {"AAA": "reserve:avaland"}, **keys,
    })  # fmt: skip


def caught(model: BorderModel) -> tuple[int, int]:
    rows = table(model, "sectors")
    mine = rows[rows["sector"] == "meadows"]
    return int(mine["intercepted"].sum()), int(mine["lost"].sum())


def null_of(acting: Measure) -> Measure:
    null = acting.null()
    assert null is not None
    return null


def test_the_partner_s_free_units_win_races_that_are_lost_without_them(world: Scenario) -> None:
    joint, alone = finished(under(world, patrol())), finished(under(world, null_of(patrol())))
    assert caught(joint)[0] > 1.5 * caught(alone)[0]
    assert caught(joint)[1] < caught(alone)[1]


def test_without_a_race_there_is_no_response(world: Scenario) -> None:
    """Ablation, exactly zero: whoever is seen is reached by somebody already."""
    off = world.model_copy(update={"switches": world.switches.model_copy(update={"race": False})})
    one, two = finished(under(off, patrol())), finished(under(off, null_of(patrol())))
    assert differing(one, two, ignore=("events",)) == []


def test_the_line_opens_in_the_hours_of_the_mixed_patrol_only(world: Scenario) -> None:
    model = BorderModel(under(world, patrol(hours="18:00-06:00")))
    while model.now < 48:
        model.step()
    lent = np.asarray(model.world.sectors.responders.helpers(model.now - 24, 24))
    here = model.world.sectors.index["meadows"]
    assert (lent[here, 0:6] > 0).all()
    assert (lent[here, 6:18] == 0).all()
    assert (lent[here, 18:24] > 0).all()


def test_the_line_opens_under_the_legal_base_named_only(world: Scenario) -> None:
    """The pact lets the guests patrol; that another one would open the line counts for nothing."""
    pact = {"id": "pact", "parties": ["AAA", "BBB"], "powers": ["joint_patrol"]}
    rows = (*world.agreements, Agreement.model_validate(pact))
    both = world.model_copy(update={"agreements": rows})
    acting = patrol(legal_base="agreement:pact")
    one, two = finished(under(both, acting)), finished(under(both, null_of(acting)))
    assert differing(one, two, ignore=("events",)) == []
    convention = patrol(legal_base="agreement:convention")
    same = differing(finished(under(both, convention)), finished(under(both, patrol())))
    assert same == []
    assert "sectors" in differing(finished(under(both, convention)), one)


def test_a_partner_without_a_sector_across_has_no_units_to_send(world: Scenario) -> None:
    nobody = world.model_copy(update={"sectors": world.sectors[:1]})
    acting = patrol()
    one, two = finished(under(nobody, acting)), finished(under(nobody, null_of(acting)))
    assert differing(one, two, ignore=("events",)) == []


# The race itself ----------------------------------------------------------------------------------


@pytest.fixture
def race(world: Scenario) -> CrossBorderUnits:
    """Meadows with 2 units out and fields with 3, the line open both ways, all of them free."""
    model = BorderModel(world)
    sectors = model.world.sectors
    sectors.coverage.hours["units"] = np.array([[2], [3]])
    sectors.coverage._refresh()
    units = CrossBorderUnits(sectors, world.sectors)
    units.make_room(3)
    assert units.across(0, "AAA") == 1
    assert units.across(0, "BBB") is None
    assert units.open(0, [(0, 1, np.ones(24, bool))], 24)
    return units


def serve(units: CrossBorderUnits, *needed: int, sector: int = 0) -> list[bool]:
    """Return the races won by detections one hour apart, each busy for 10 hours."""
    m = len(needed)
    here = np.full(m, sector)
    at = 1.0 + np.arange(m)
    duty = np.where(here == 0, 2, 3)
    won = races_won(units, here, at, duty, needed, np.full(m, 10.0), units._sectors)
    return won.tolist()


def test_own_units_run_first_and_the_partner_s_make_up_the_number(race: CrossBorderUnits) -> None:
    """2 own and 3 across: a race that needs 5 is won, by a unit from across; 6 are not there."""
    assert serve(race, 6) == [False]
    assert serve(race, 5) == [True]
    assert (race.own.busy_until > 1.0).sum(axis=1).tolist() == [0, 1]
    # Now 2 own and 2 across are free: 4 will do, 5 will not.
    assert serve(race, 5) == [False]
    assert serve(race, 2) == [True]
    assert (race.own.busy_until > 1.0).sum(axis=1).tolist() == [1, 1]


def test_busy_units_run_nowhere(race: CrossBorderUnits) -> None:
    """One after another: two own, then three from across, then nobody."""
    assert serve(race, 1, 1, 1, 1, 1, 1) == [True] * 5 + [False]
    assert serve(race, 1, sector=1) == [False], "the units from across are missing at home"
    assert serve(race, NEVER) == [False]


def test_a_shorter_sector_gets_help_in_proportion(race: CrossBorderUnits) -> None:
    race._sectors.length[0] = race._sectors.length[1] * 0.7
    assert race.helpers(0, 24)[0].tolist() == [2] * 24, "0.7 x 3 units"
    assert race.helpers(0, 24)[1].tolist() == [2] * 24, "never more than there are"
