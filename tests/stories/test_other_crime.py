"""Other cross-border crime: found by the functions of posts and sectors, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.cooperation.other_crime import OtherCrime
from sim.cooperation.requests import CONTRABAND, Answers
from sim.errors import InputError
from sim.model import BorderModel
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, table
from tests.stories.small_world import small_world

POWERS = """\
powers:
  - {id: customs_loads, service: customs, task: open_load}
"""
HITS = """\
hit_rates:
  - {id: drugs_dogs, use: drugs, method: dogs, minutes: 10 min, trained: false, hit: 50 %}
  - {id: drugs_dogs_long, use: drugs, method: dogs, minutes: 25 min, trained: false, hit: 50 %}
"""
FLOWS = """\
other_crime:
  - {id: by_car, goods: drugs, post: bridge, stream: cars, consignments: 20 units/d, cue_share: 30 %, size: 5, repeat_share: 100 %, watch: 30 d}
provenance: {source"""  # noqa: E501
PAST = """\
other_crime:
  - {id: past, goods: drugs, sector: meadows, consignments: 20 units/d, size: 5, stay: 3 h}
provenance: {source"""
Make = Callable[..., Scenario]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(flows: str = FLOWS, *changes: tuple[str, str], until: str = "2020-04-01") -> Scenario:
        return small_world(
            tmp_path, ("powers:\n", POWERS), ("hit_rates:\n", HITS),
            ("provenance: {source", flows), *changes, sets=[f"until={until}"],
        )  # fmt: skip

    return made


def crime(model: BorderModel) -> OtherCrime:
    assert model.world.other_crime is not None
    return model.world.other_crime


def test_the_share_found_is_referral_times_time_times_hit(make: Make) -> None:
    found = crime(finished(make(until="2020-05-01")))
    tried, n = int(found.found[0]), int(found.tried[0])
    # Cue 30 %: referred at 40 %, else at 3 %; 8 customs officers leave time for every vehicle.
    share = (0.3 * 0.4 + 0.7 * 0.03) * 0.5
    assert n > 1000
    assert abs(tried / n - share) < 3 * np.sqrt(share * (1 - share) / n)
    assert n == pytest.approx(20 * 61, abs=4 * np.sqrt(20 * 61))


def test_without_an_officer_who_may_open_loads_nothing_is_found(make: Make) -> None:
    model = finished(make(FLOWS, ("customs: 8", "customs: 0")))
    assert crime(model).tried[0] > 100
    assert crime(model).found[0] == 0


def test_officers_short_of_time_search_fewer_loads(make: Make) -> None:
    busy = ("second_line_share: 3 %", "second_line_share: 60 %")
    few = finished(make(FLOWS, busy))
    many = finished(make(FLOWS, busy, ("customs: 8", "customs: 80")))
    assert crime(few).tried[0] == crime(many).tried[0]
    assert crime(few).found[0] < crime(many).found[0]


def test_a_vehicle_on_the_list_is_always_searched(make: Make) -> None:
    model = BorderModel(make(), 1, checks="full")
    crime(model)._asked[7] = 0
    crime(model).on_answers(
        Answers.of(np.array([7]), CONTRABAND, np.array([0.0]), np.array([True]), np.array([True]))
    )
    model.run()
    found = crime(model)
    n = int(found.tried[0])
    # Every vehicle was used before, so each stands on the list for the first 30 days.
    assert found.found[0] / n == pytest.approx(0.5, abs=3 * np.sqrt(0.25 / n))


def test_a_late_answer_puts_nothing_on_the_list(make: Make) -> None:
    found = crime(BorderModel(make(), 1))
    found._asked[7] = 0
    late = Answers.of(
        np.array([7]), CONTRABAND, np.array([9.0]), np.array([False]), np.array([True])
    )
    found.on_answers(late)
    assert found._watched[0] == -np.inf


def test_goods_in_traffic_touch_nobody_on_the_move(make: Make) -> None:
    usual = finished(make())
    bare = finished(make().model_copy(update={"other_crime": ()}))
    assert differing(usual, bare) == ["outcomes", "seizures"]


def test_goods_past_a_sector_are_no_persons_and_keep_units_busy(make: Make) -> None:
    model = finished(make(PAST))
    found = crime(model)
    bare = finished(make(PAST).model_copy(update={"other_crime": ()}))
    assert 0 < found.found[0] < found.tried[0]
    sectors, without = table(model, "sectors"), table(bare, "sectors")
    assert (sectors["unit_hours"] == without["unit_hours"]).all()
    # Nobody came because of the goods; a busy unit can only lose races.
    assert abs(int(sectors["tried"].sum()) - int(without["tried"].sum())) < 0.2 * int(
        without["tried"].sum()
    )
    parties = sectors[["not_seen", "lost", "aborted", "intercepted", "outside"]].sum(axis=1)
    assert (parties == sectors["tried"]).all()


def test_the_table_of_seizures_adds_up(make: Make) -> None:
    model = finished(make())
    rows = table(model, "seizures")
    assert rows["tried"].sum() == crime(model).tried[0]
    assert rows["found"].sum() == crime(model).found[0]
    assert rows["quantity"].sum() == pytest.approx(crime(model).quantity[0])
    outcomes = table(model, "outcomes").set_index(["outcome", "subject", "month"])["value"]
    assert outcomes["consignments_found", "goods:drugs", "all"] == crime(model).found[0]
    assert outcomes["consignments_found", "border:AAA-BBB", "all"] == crime(model).found[0]
    assert crime(model).tally() == {
        ("post:bridge", "drugs"): (int(crime(model).found[0]), float(crime(model).quantity[0]))
    }


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("post: bridge, stream: cars, con", "con", "one-place"),
        ("stream: cars, con", "stream: foot, con", "unknown-stream"),
        ("goods: drugs, post", "goods: cash, post", "missing-hit-rate"),
    ],
)
def test_flows_that_nobody_can_meet_are_refused(make: Make, old: str, new: str, rule: str) -> None:
    with pytest.raises(InputError) as refused:
        make(FLOWS.replace(old, new))
    assert rule in str(refused.value)
