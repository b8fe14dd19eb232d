"""Draws belong to parties and events: what a party never hears of changes none (MODEL 2)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.model import BorderModel
from sim.movement.crowd import NOT_YET, Crowd
from sim.randomness import U64, Draws
from sim.scenario.loading import load
from sim.scenario.specs.people import Arrival
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import Heard, listening, measure, under

CLOSED = date(2020, 4, 10)
#: From here the high pass can still be reached.
NEAR = ("harbour", "market_town", "mill", "foothill")
COLUMNS = tuple(
    f.name for f in fields(Crowd)
    if f.name not in ("root", "planned", "present", "size", "barred", "before_split")
)  # fmt: skip


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("two_routes", sets=("until=2020-05-05",))


@pytest.fixture(scope="module")
def apart(scenario: Scenario) -> Scenario:
    """Return the scenario without anything that parties share: news, units, beds, interviews."""
    screening = tuple(
        s.model_copy(update={"interviews_per_day": replace(s.interviews_per_day, value=1e6)})
        for s in scenario.screening
    )
    switches = {"learning": "prior", "smugglers": "off", "race": False}
    return scenario.model_copy(
        update={
            "screening": screening,
            "switches": scenario.switches.model_copy(update=switches),
            "places": tuple(
                p.model_copy(update={"reception_places": None}) for p in scenario.places
            ),
        }
    )


def closing(scenario: Scenario) -> Scenario:
    return under(scenario, measure("close_post", CLOSED, None, at="post:high_pass"))


def out_of_reach(model: BorderModel) -> U64:
    """Return the keys of the parties that can never come to the high pass from now on."""
    crowd, places = model.world.crowd, model.world.graph.places
    near = np.isin(crowd.node[: crowd.size], [places.index(p) for p in NEAR])
    here = crowd.state[: crowd.size] != NOT_YET
    final = crowd.ended[: crowd.size] >= 0
    return crowd.key[: crowd.size][here & (final | ~near)]


def to_closing(model: BorderModel) -> U64:
    while model.now < model.clock.hour_of(CLOSED):
        model.step()
    return out_of_reach(model)


def rows_by_key(model: BorderModel, roots: U64) -> dict[int, tuple[Any, ...]]:
    """Return every column of the parties with these root keys and of rows split from them."""
    crowd = model.world.crowd
    mine = np.flatnonzero(np.isin(crowd.key[crowd.root[: crowd.size]], roots))
    columns = [getattr(crowd, name)[mine].tolist() for name in COLUMNS]
    return dict(zip(crowd.key[mine].tolist(), zip(*columns, strict=True), strict=True))


def events_of(model: BorderModel, keys: U64) -> U64:
    """Return the base of any event of these parties: by number of moves, by hour observed."""
    events = np.arange(model.clock.hours + 2)
    key, event = (a.ravel() for a in np.meshgrid(keys, events))
    return np.unique(model.world.draws.event_base(key, event))


def run_both(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[BorderModel], list[Heard], U64]:
    models = [BorderModel(scenario, checks="full"), BorderModel(closing(scenario), checks="full")]
    heard, keys = [], []
    for model in models:
        with listening(monkeypatch) as ears:
            keys.append(to_closing(model))
            model.run()
        heard.append(ears)
    assert np.array_equal(keys[0], keys[1]), "the plan acted before its time"
    return models, heard, keys[0]


def test_closing_a_post_changes_nothing_for_a_party_out_of_its_reach(
    apart: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, heard, far = run_both(apart, monkeypatch)
    here = models[0].world.crowd
    moving_on = np.isin(here.key[: here.size], far) & (
        here.ended[: here.size] > models[0].clock.hour_of(CLOSED)
    )
    assert moving_on.sum() > 50, "nobody out of reach was still on the way"
    one, two = (rows_by_key(m, far) for m in models)
    assert one == two
    bases = events_of(models[0], np.array(list(one), dtype=np.uint64))
    assert len(heard[0].of(bases)) > 1000
    assert heard[0].of(bases) == heard[1].of(bases)
    everybody = [rows_by_key(m, m.world.crowd.key[: m.world.crowd.planned]) for m in models]
    assert everybody[0] != everybody[1], "closing the post changed nothing at all"


def test_closing_a_post_changes_nothing_for_a_party_that_left_before(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, heard, _ = run_both(scenario, monkeypatch)
    crowd = models[0].world.crowd
    ended = crowd.ended[: crowd.size]
    left = crowd.key[: crowd.size][(ended >= 0) & (ended < models[0].clock.hour_of(CLOSED))]
    assert len(left) > 50
    assert rows_by_key(models[0], left) == rows_by_key(models[1], left)
    bases = events_of(models[0], left)
    assert heard[0].of(bases) == heard[1].of(bases)


def test_every_draw_is_keyed_by_a_party_and_one_of_its_events(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = BorderModel(scenario)
    with listening(monkeypatch) as heard:
        model.run()
    keys = model.world.crowd.key[: model.world.crowd.size]
    strangers = ~np.isin(np.unique(heard.base), events_of(model, keys))
    assert len(heard.base) > 20_000
    assert not strangers.any(), f"{strangers.sum()} events belong to no party"
    # The crews of networks are the only ones who draw besides.
    assert heard.streams == {"smuggling crew"}


# Arrivals ---------------------------------------------------------------------------------------


def parties(scenario: Scenario) -> dict[int, tuple[Any, ...]]:
    """Return who will enter: every column by key."""
    crowd = BorderModel(scenario).world.crowd
    rows = slice(0, crowd.planned)
    columns = [getattr(crowd, name)[rows].tolist() for name in COLUMNS]
    return dict(zip(crowd.key[rows].tolist(), zip(*columns, strict=True), strict=True))


def test_measures_leave_keys_sizes_and_hours_of_arrivals_untouched(scenario: Scenario) -> None:
    busy = under(
        closing(scenario),
        measure("staffing", CLOSED, None, at="sector:hilltop", officers={"DDD": 40}),
        measure("reception_places", CLOSED, None, at="place:market_town", reception_places=9),
        measure("condition", CLOSED, None, at="place:harbour", arrivals_open=False),
    )
    assert parties(busy) == parties(scenario)


def test_an_added_series_changes_no_other_party(scenario: Scenario) -> None:
    row = scenario.arrivals[0]
    more = Arrival.model_validate(
        {"id": "air", "series": "flights", "place": "market_town", "mix": row.mix, "persons": 400,
         "from": "2020-03-01", "until": "2020-04-01"}
    )  # fmt: skip
    before = parties(scenario)
    for arrivals in ((more, *scenario.arrivals), (*scenario.arrivals, more)):
        after = parties(scenario.model_copy(update={"arrivals": arrivals}))
        assert len(after) > len(before) + 100
        assert {key: after[key] for key in before} == before


def test_more_persons_in_a_series_come_on_top(scenario: Scenario) -> None:
    row = scenario.arrivals[0]
    larger = row.model_copy(update={"persons": replace(row.persons, value=900.0)})
    before = parties(scenario)
    after = parties(scenario.model_copy(update={"arrivals": (larger, *scenario.arrivals[1:])}))
    changed = [key for key in before if after.get(key) != before[key]]
    # Only the last party of the row, which is cut so that its persons add up.
    assert len(changed) <= 1
    assert len(after) > len(before) + 50


def test_a_draw_depends_on_seed_key_event_and_purpose_alone() -> None:
    keys = np.arange(100, dtype=np.uint64) * np.uint64(977)
    draws = Draws(5)
    together = draws.uniform(draws.event_base(keys, np.full(100, 3)), 17)
    alone = [
        float(Draws(5).uniform(draws.event_base(keys[i : i + 1], np.array([3])), 17)[0])
        for i in range(100)
    ]
    assert together.tolist() == alone
    assert len({*alone, *Draws(6).uniform(draws.event_base(keys, np.full(100, 3)), 17)}) == 100
