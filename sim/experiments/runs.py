"""One run from a scenario to a folder, and what a notebook holds afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sim.errors import RunFolderError
from sim.experiments.ensembles import counts_of, run_ensemble
from sim.experiments.executors import Executor, ProcessExecutor, SerialExecutor
from sim.model import BorderModel
from sim.records.run_reader import RunFolder
from sim.records.run_writer import Facts, new_folder, run_name, write_manifest, write_tables
from sim.scenario.loading import load
from sim.scenario.specs.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Run:
    """A finished run or ensemble.

    Attributes:
        folder: Where it stands on disk.
    """

    folder: Path

    @cached_property
    def records(self) -> RunFolder:
        """The folder's reader: manifest, scenario, SQL."""
        return RunFolder.open(self.folder)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """The outcomes, every replicate, one row per outcome, subject and month."""
        frame = self.records.replicated("outcomes")
        if frame is None:
            raise RunFolderError(f"{self.folder} holds no outcomes")
        return frame

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table of the run (of replicate 0 in an ensemble), or None when absent."""
        return self.records.table(name)


def run(
    scenario: str | Path | Scenario,
    *,
    plans: Sequence[str] = (),
    sets: Sequence[str] = (),
    seed: int | None = None,
    replicates: int = 1,
    workers: int = 1,
    grain: Literal["day", "hour"] = "day",
    out: str | Path | None = None,
    keep: Literal["first", "runs"] = "first",
    arrivals: str | Path | None = None,
) -> Run:
    """Run a scenario and return what happened.

    Args:
        scenario: Name of a shipped scenario, a file, or what ``load`` returned.
        plans: Plans laid over a scenario named here; give those of a loaded one to ``load``.
        sets: Overrides such as ``parameters.mu=2 d``; likewise.
        seed: Seed of the run; None takes the scenario's.
        replicates: Runs of an ensemble; 1 makes a single run with central values.
        workers: Processes that share an ensemble.
        grain: ``hour`` records flows by the hour too.
        out: Folder of the run; None takes the first free ``runs/NAME-N``.
        keep: ``runs`` keeps the whole folder of every replicate.
        arrivals: A table of arrivals whose rows are added to those of a scenario named here.

    Raises:
        InputError: The scenario, a plan, an override or ``out`` is wrong.
        CrossborderError: The run failed, or could not be written.
        ValueError: Plans, overrides or arrivals were given with a loaded scenario.
    """
    if isinstance(scenario, Scenario):
        if plans or sets or arrivals is not None:
            raise ValueError(
                "a loaded scenario has its plans, settings and arrivals already: give them to load"
            )
        loaded = scenario
    else:
        loaded = load(str(scenario), plans, sets, arrivals)
    facts = Facts(
        seed=loaded.seed if seed is None else seed,
        grain=grain,
        plans=tuple(plans),
        sets=tuple(sets),
        command=f"sim.run({loaded.scenario!r})",
    )
    if replicates == 1:
        return Run(run_single(loaded, facts, out))
    executor: Executor = SerialExecutor() if workers == 1 else ProcessExecutor(workers)
    return Run(run_ensemble(loaded, facts, replicates, executor, out, keep))


def run_single(
    scenario: Scenario,
    facts: Facts,
    out: str | Path | None,
    on_window: Callable[[int], None] | None = None,
) -> Path:
    """Run once with central values, write the folder and return its place.

    ``on_window`` is called after every window with the hour reached.
    """
    with new_folder(out, run_name(scenario, facts.seed)) as new:
        model = BorderModel(scenario, facts.seed, grain="hour" if facts.grain == "hour" else "day")
        recorder = model.run(on_window)
        rows = write_tables(new.path, recorder.columns, recorder.tables())
        write_manifest(new.path, scenario, facts, rows, **counts_of(model))
    return new.place
