"""A new kind of institution takes part in the tick and is reported (ARCHITECTURE.md)."""

from __future__ import annotations

import gc
import inspect
import weakref
from pathlib import Path

import mesa
import pytest
from mesa.discrete_space import Network

from sim.institutions import Institution
from sim.model import BorderModel
from sim.protection.reception import ReceptionPlaces
from tests.model_runs import differing, finished, table
from tests.stories.small_world import small_world


class ReliefAgency(Institution):
    """Puts up twenty beds more at its place every day."""

    def __init__(
        self, model: mesa.Model, space: Network, at: str, beds: ReceptionPlaces, node: int
    ):
        super().__init__(model, f"relief:{at}", space, at)
        self.beds, self.node, self.rounds = beds, node, 0

    def daily(self, hour: int) -> None:
        self.rounds += 1
        self.beds.set_capacity(self.node, 20.0 * self.rounds)

    def series(self) -> dict[str, float]:
        return {"rounds": self.rounds, "beds": self.beds.beds(self.node) or 0.0}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> BorderModel:
    world = small_world(tmp_path_factory.mktemp("world"), sets=("until=2020-03-22",))
    model = BorderModel(world, checks="full")
    parts = model.world
    node = parts.place_index["town"]
    ReliefAgency(model, parts.space, "town", parts.reception, node)
    model.run()
    return model


def test_it_takes_15_lines() -> None:
    lines = inspect.getsource(ReliefAgency).splitlines()
    assert len([line for line in lines if line.strip()]) <= 15


def test_it_reports_every_week_beside_the_others(run: BorderModel) -> None:
    rows = table(run, "institutions")
    mine = rows[rows["institution"] == "relief:town"]
    beds = mine[mine["series"] == "beds"]
    assert beds["week"].tolist() == [0, 1, 2]
    assert beds["value"].tolist() == [140.0, 280.0, 420.0]
    assert mine[mine["series"] == "rounds"]["value"].tolist() == [7.0, 14.0, 21.0]
    assert {"post:bridge", "sector:meadows", "network:ferrymen", "police:bbb"} <= set(
        rows["institution"]
    )


def test_it_stands_on_the_route_graph(run: BorderModel) -> None:
    agency = next(a for a in run.agents if isinstance(a, ReliefAgency))
    assert agency.cell is run.world.space["town"]
    assert agency in agency.cell.agents


def test_it_acts_on_the_world(run: BorderModel) -> None:
    assert run.world.reception.beds(run.world.place_index["town"]) == 420.0
    assert {"journeys", "ledger"} <= set(differing(run, finished(run.scenario)))


def test_one_that_leaves_takes_part_no_more(tmp_path: Path) -> None:
    model = BorderModel(small_world(tmp_path, sets=("until=2020-03-18",)))
    parts = model.world
    agency = ReliefAgency(model, parts.space, "town", parts.reception, 0)
    for _ in range(24 * 8):
        model.step()
    agency.remove()
    model.run()
    rows = table(model, "institutions")
    assert agency.rounds == 8
    assert set(rows[rows["institution"] == "relief:town"]["week"]) == {0}
    assert set(rows["week"]) == {0, 1, 2}


def test_one_that_does_nothing_is_never_called(tmp_path: Path) -> None:
    """Who has no ``daily`` costs nothing a day: Mesa calls only those who act."""
    model = BorderModel(small_world(tmp_path, sets=("until=2020-03-05",)))
    silent = [a for a in model.agents if type(a).daily is Institution.daily]
    assert silent
    for agent in silent:
        agent.daily = None
    model.run()


def test_a_process_lets_go_of_a_model(tmp_path: Path) -> None:
    model = BorderModel(small_world(tmp_path, sets=("until=2020-03-09",)))
    ids = [agent.unique_id for agent in model.agents]
    assert len(ids) == len(set(ids)) > 1
    model.run()
    kept = weakref.ref(model)
    del model
    gc.collect()
    assert kept() is None, "hundreds of runs in a process would fill its memory"


def test_a_model_no_longer_used_is_gone_before_the_next_is_built(tmp_path: Path) -> None:
    """Else the arrays of every run of a worker would pile up."""
    world = small_world(tmp_path)
    gc.collect()
    gc.disable()
    try:
        model = BorderModel(world)
        kept = weakref.ref(model)
        del model
        assert kept() is not None
        BorderModel(world)
        assert kept() is None
    finally:
        gc.enable()
