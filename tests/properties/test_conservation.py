"""Nobody vanishes in any world: the books of whole runs, splits included (MODEL 3)."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sim.cooperation.cases import CLOSED, OPEN, TRANSFERRED
from sim.errors import ConservationError
from sim.model import BorderModel
from sim.movement.crowd import CASE, DEAD_OR_MISSING, NOT_YET, STATES, WAITING, Crowd
from sim.scenario.loading import load, shipped
from sim.scenario.quantities import Quantity
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import finished, table
from tests.random_worlds import Drawn, base, worlds
from tests.readmission_rows import with_readmission

COUNTED = ("persons", "minors", "unaccompanied")


def by_root(crowd: Crowd, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    used = slice(0, crowd.size)
    counted = np.bincount(crowd.root[used], getattr(crowd, name)[used], crowd.planned)
    return counted.astype(np.int64)


def prove_conservation(scenario: Scenario) -> BorderModel:
    """Run with every check, then count everybody anew, apart from the engine's own books."""
    model = BorderModel(scenario, checks="full")
    crowd, books = model.world.crowd, model.world.books
    laid_out = {name: by_root(crowd, name) for name in COUNTED}
    model.run()
    used = slice(0, crowd.size)
    entered = np.ones(crowd.planned, bool)
    entered[crowd.root[used][crowd.state[used] == NOT_YET]] = False
    assert crowd.barred == np.count_nonzero(~entered[: crowd.present])
    for i, name in enumerate(COUNTED):
        # Each root's persons are where they were or in rows split from it.
        assert np.array_equal(by_root(crowd, name), laid_out[name]), name
        in_states = np.bincount(crowd.state[used], getattr(crowd, name)[used], NOT_YET + 1)
        assert in_states[:NOT_YET].sum() == laid_out[name][entered].sum() == books.entered[i]
    assert (crowd.persons[used] >= 1).all()
    assert (crowd.minors[used] <= crowd.persons[used]).all()
    assert (crowd.unaccompanied[used] <= crowd.minors[used]).all()
    assert len(np.unique(crowd.key[used])) == crowd.size
    stocks = table(model, "stocks")
    last = stocks[stocks["month"] == stocks["month"].max()]
    assert last["persons"].sum() == books.entered[0]
    return model


def prove_cases(model: BorderModel) -> int:
    """Prove that who is in a case is in an open one, and nobody in two; return the handovers."""
    crowd, readmission = model.world.crowd, model.world.readmission
    on_track = crowd.key[: crowd.size][crowd.state[: crowd.size] == CASE]
    if readmission is None:
        assert not len(on_track)
        return 0
    book = readmission.book
    running = book.cases[book.cases["stage"] != CLOSED]
    assert sorted(running["party"].tolist()) == sorted(on_track.tolist())
    assert len(set(running["number"].tolist())) == len(running)
    assert (
        sorted(book.slots[: book.unused].tolist())
        == np.flatnonzero(book.cases["stage"] == CLOSED).tolist()
    )
    files = book.filed()
    assert sorted(np.flatnonzero(files["result"] == OPEN).tolist()) == sorted(
        running["number"].tolist()
    )
    ended = files[files["result"] != OPEN]
    assert (ended["ended"] >= ended["opened"]).all()
    for track, counted in enumerate(book.by_result.T):
        results = files["result"][files["track"] == track]
        assert np.bincount(results, minlength=len(counted)).tolist() == counted.tolist()
    return int(book.by_result[TRANSFERRED].sum())


def proved(scenario: Scenario) -> Counter[str]:
    """Prove all of it; return how often what it is about has happened."""
    model = prove_conservation(scenario)
    crowd = model.world.crowd
    new = slice(crowd.planned, crowd.size)
    dead = crowd.state[new] == DEAD_OR_MISSING
    # The engine itself never separates a family; only death does.
    assert not crowd.family[new][~dead].any()
    return Counter({
        "died": int(dead.sum()), "identified": int((~dead).sum()), "barred": crowd.barred,
        "handed over": prove_cases(model), "families": int(crowd.family[: crowd.planned].sum()),
        f"window {scenario.clock.window.value:g}": 1,
    })  # fmt: skip


def test_nobody_vanishes_where_victims_are_found_and_people_handed_over() -> None:
    """Both are rare in random worlds; in this one, of victims alone, both happen."""
    victims = {"vulnerable_share": Quantity(1.0), "family_share": Quantity(0.0)}
    world = with_readmission(base())
    profiles = tuple(p.model_copy(update=victims) for p in world.profiles)
    seen = proved(world.model_copy(update={"profiles": profiles}))
    assert seen["identified"]
    assert seen["handed over"]


def test_nobody_vanishes_in_random_worlds() -> None:
    seen: Counter[str] = Counter()

    @given(worlds())
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def hold(drawn: Drawn) -> None:
        seen.update(proved(drawn.scenario))

    hold()
    # What the property is about has happened, in both windows.
    for what in ("died", "barred", "families", "window 1", "window 3"):
        assert seen[what], f"{what}: never in {seen}"


@pytest.mark.parametrize("name", [s.name for s in shipped() if s.kind == "scenario"])
def test_nobody_vanishes_in_shipped_scenarios(name: str) -> None:
    """Every window of the whole run; the study `conservation` does it hour by hour."""
    assert prove_conservation(load(name)).world.crowd.present > 0


@pytest.mark.parametrize("column", COUNTED)
def test_a_tampered_column_stops_the_run_and_is_named(column: str) -> None:
    model = BorderModel(base(), checks="full")
    for _ in range(30):
        model.step()
    crowd = model.world.crowd
    row = int(np.flatnonzero((crowd.state == WAITING) & (crowd.due > model.now + 5))[0])
    getattr(crowd, column)[row] += 1
    wanted = rf"^hour 31, phase record, state waiting: \d+ {column} in the columns"
    with pytest.raises(ConservationError, match=wanted):
        model.step()


def test_a_tampered_column_is_found_at_the_end_of_the_day_without_full_checks() -> None:
    model = BorderModel(base().model_copy(update={"checks": "daily"}))
    for _ in range(30):
        model.step()
    crowd = model.world.crowd
    row = int(np.flatnonzero((crowd.state == WAITING) & (crowd.due > 60))[0])
    crowd.persons[row] += 1
    with pytest.raises(ConservationError, match=r"^hour 48, phase record, state waiting"):
        model.run()


@pytest.mark.parametrize("state", range(NOT_YET))
def test_a_party_put_into_another_state_stops_the_run_at_once(state: int) -> None:
    model = BorderModel(base().model_copy(update={"checks": "daily"}))
    for _ in range(30):
        model.step()
    crowd = model.world.crowd
    row = int(np.flatnonzero((crowd.state == WAITING) & (crowd.due > 60))[0])
    if state == WAITING:
        crowd.state[row] = NOT_YET
    else:
        crowd.state[row] = state
    named = STATES[min(state, WAITING)] if crowd.state[row] != NOT_YET else "waiting"
    with pytest.raises(ConservationError, match=rf"^hour 31, phase record.* {named}"):
        model.step()


def test_a_run_without_anybody_is_a_run() -> None:
    empty = base().model_copy(update={"arrivals": (), "stocks": ()})
    model = finished(empty)
    assert model.world.books.entered.tolist() == [0, 0, 0]
    assert "flows" not in model.recorder.tables()
