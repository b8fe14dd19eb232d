"""``crossborder run``: a scenario becomes a run folder and a report."""

from __future__ import annotations

import os
import shlex
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.errors import CrossborderError, InputError, Problem

if TYPE_CHECKING:
    from sim.records.run_writer import Facts
    from sim.scenario.specs.scenario import Scenario

#: Longest run whose flows may be kept by the hour, days.
HOURLY_DAYS = 60

Grain = Literal["day", "hour"]
Keep = Literal["first", "runs"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name, or a file.")],
    plan: Annotated[
        list[str] | None,
        typer.Option(metavar="PLAN", help="A plan laid over the scenario; A+B combines two."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**32 - 1, help="Seed of chance [default: the scenario's]."),
    ] = None,
    replicates: Annotated[
        int, typer.Option(min=1, help="Runs that differ by chance and by assumptions.")
    ] = 1,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that share the replicates [default: the cores]."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override one value; may be repeated."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="First day no longer simulated, instead of the file's."),
    ] = None,
    arrivals: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="A table of arrivals whose rows are added."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run, new or empty [default: runs/NAME-sSEED-N]."),
    ] = None,
    grain: Annotated[
        Grain, typer.Option(help=f"Record flows by hour too, up to {HOURLY_DAYS} days.")
    ] = "day",
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write the report.")] = True,
    keep: Annotated[
        Keep, typer.Option(help="What is kept whole of an ensemble: the first run, or all runs.")
    ] = "first",
) -> None:
    """Run a scenario; the last line is the report's path.

    Example: crossborder run two_routes --plan hilltop_nights --seed 7
    """
    plans = _plans(plan or [])
    sets = (*(set_ or ()), *([f"until={until}"] if until is not None else []))
    from sim.records.run_writer import Facts
    from sim.scenario.loading import load

    loaded = load(scenario, plans, sets, arrivals)
    _check_grain(loaded, grain)
    _note_last_arrivals(loaded)
    facts = Facts(
        seed=loaded.seed if seed is None else seed,
        grain=grain,
        plans=plans,
        sets=sets,
        command=shlex.join(["crossborder", *sys.argv[1:]]),
    )
    if replicates == 1:
        folder = _single(loaded, facts, out)
    else:
        folder = _ensemble(loaded, facts, out, replicates, workers, keep)
    print(f"Run of {_title(loaded)}, seed {facts.seed}: {folder}")
    print(_report(folder) if report else folder)


def _plans(given: list[str]) -> tuple[str, ...]:
    if len(given) > 1:
        raise InputError(
            [
                Problem(
                    rule="one-plan",
                    message="a run takes one --plan",
                    remedy="Combine plans as --plan A+B; `crossborder compare` "
                    "sets plans side by side.",
                    key="--plan",
                    value=" ".join(given)[:80],
                )
            ]
        )
    return tuple(given)


def _check_grain(scenario: Scenario, grain: Grain) -> None:
    days = (scenario.until - scenario.start).days
    if grain == "hour" and days > HOURLY_DAYS:
        raise InputError(
            [
                Problem(
                    rule="grain-too-fine",
                    message=f"flows by the hour are kept for at most {HOURLY_DAYS} days, "
                    f"the scenario has {days}",
                    remedy="Leave --grain out, or shorten the scenario with --set until=DATE.",
                    key="--grain",
                    value=grain,
                )
            ]
        )


def _note_last_arrivals(scenario: Scenario) -> None:
    """Say from which day on nobody enters, so that an emptying region is not read as a result."""
    last = max((row.until for row in scenario.arrivals), default=date.min)
    if scenario.start < last < scenario.until:
        print(
            f"Note: no arrivals after {last - timedelta(days=1)}; the run goes on until "
            f"{scenario.until}. --arrivals CSV adds rows."
        )


def _single(scenario: Scenario, facts: Facts, out: Path | None) -> Path:
    from sim.app.progress import run_progress
    from sim.clock import Clock
    from sim.experiments.runs import run_single

    clock = Clock(scenario.start, scenario.until, scenario.zone)
    with run_progress(clock, _title(scenario)) as on_window:
        return run_single(scenario, facts, out, on_window)


def _ensemble(
    scenario: Scenario,
    facts: Facts,
    out: Path | None,
    replicates: int,
    workers: int | None,
    keep: Keep,
) -> Path:
    from sim.app.progress import ensemble_progress
    from sim.experiments.ensembles import run_ensemble
    from sim.experiments.executors import Executor, ProcessExecutor, SerialExecutor

    crew = min(workers or os.cpu_count() or 1, replicates)
    executor: Executor = SerialExecutor() if crew == 1 else ProcessExecutor(crew)
    with ensemble_progress(replicates, _title(scenario)) as on_replicate:
        return run_ensemble(scenario, facts, replicates, executor, out, keep, on_replicate)


def _report(folder: Path) -> Path:
    from analysis.report import write_report

    try:
        return write_report(folder, processes=os.cpu_count() or 1)
    except OSError as error:
        raise CrossborderError(
            f"the run is complete in {folder}, but its report could not be written: "
            f"{error.strerror or error}. `crossborder report {folder}` writes it again."
        ) from error


def _title(scenario: Scenario) -> str:
    return f"{scenario.scenario} with {scenario.plan}" if scenario.plan else scenario.scenario
