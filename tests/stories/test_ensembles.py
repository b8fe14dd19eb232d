"""Ensembles: the same folder from any number of workers, replicate 0 whole, pairs that share."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from sim.experiments.ensembles import MONTHLY, replicate_seed, run_ensemble
from sim.experiments.executors import ProcessExecutor, SerialExecutor
from sim.experiments.runs import Run, run
from sim.records.hashing import run_hash
from sim.records.run_reader import RunFolder
from sim.records.run_writer import Facts
from sim.scenario.drawing import drawn
from sim.scenario.loading import load
from sim.scenario.specs.scenario import Scenario

REPLICATES = 4


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("two_routes", sets=("until=2020-04-01",))


@pytest.fixture(scope="module")
def serial(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    out = tmp_path_factory.mktemp("serial") / "run"
    counted: list[int] = []
    place = run_ensemble(
        scenario, Facts(seed=3), REPLICATES, SerialExecutor(), out, "runs", counted.append
    )
    assert counted == [1, 2, 3, 4]
    return RunFolder.open(place)


def test_two_workers_make_the_same_ensemble(
    scenario: Scenario, serial: RunFolder, tmp_path: Path
) -> None:
    place = run_ensemble(scenario, Facts(seed=3), REPLICATES, ProcessExecutor(2), tmp_path / "run")
    parallel = RunFolder.open(place)
    assert run_hash(parallel) == run_hash(serial)
    assert not (place / "runs").exists()
    assert sorted(p.name for p in place.iterdir()) == sorted(
        [*(f"{t}.parquet" for t in parallel.tables()), "manifest.json", "replicates",
         "scenario.json"]
    )  # fmt: skip


def test_monthly_tables_are_kept_of_every_replicate(serial: RunFolder) -> None:
    assert serial.replicates == REPLICATES
    for name in MONTHLY:
        one, all_ = serial.table(name), serial.replicated(name)
        assert one is not None, name
        assert all_ is not None
        assert sorted(set(all_["replicate"])) == list(range(REPLICATES))
        first = all_[all_["replicate"] == 0].drop(columns="replicate").reset_index(drop=True)
        assert first.equals(one)
    flows = serial.replicated("flows")
    assert flows is not None
    assert set(flows["replicate"]) == {0}


def test_a_replicate_kept_whole_is_the_run_of_its_seed_and_draw(
    scenario: Scenario, serial: RunFolder, tmp_path: Path
) -> None:
    kept = RunFolder.open(serial.path / "runs" / "0003")
    seed = replicate_seed(3, 3)
    assert kept.manifest["seed"] == seed
    again = run(drawn(scenario, 3, 1), seed=seed, out=tmp_path / "run")
    assert run_hash(again.records) == run_hash(kept)


def test_replicates_have_seeds_of_their_own() -> None:
    seeds = {replicate_seed(seed, r) for seed in range(50) for r in range(50)}
    assert len(seeds) == 2500


def test_plans_of_a_loaded_scenario_belong_to_load(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give them to load"):
        run(scenario, plans=["hilltop_nights"], out=tmp_path / "run")


@pytest.mark.parametrize("replicates", [1, 2])
def test_a_notebook_sees_the_outcomes(
    scenario: Scenario, tmp_path: Path, replicates: Literal[1, 2]
) -> None:
    done = run(scenario, replicates=replicates, out=tmp_path / "run")
    assert isinstance(done, Run)
    assert list(done.outcomes.columns) == ["replicate", "outcome", "subject", "month", "value"]
    assert sorted(set(done.outcomes["replicate"])) == list(range(replicates))
    assert done.table("flows") is not None
    assert done.records.manifest["command"] == "sim.run('two_routes')"
