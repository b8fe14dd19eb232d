"""Comparing plans: the same seeds with and without each of them (MODEL 2, 16, 18).

Replicate r has one seed and one draw of the parameters (r // 2), shared by the baseline, every
plan and every null. Scenarios are loaded and checked once; of a run are kept its outcomes over
the whole length and, until its replicate is complete, who crossed where.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import InputError, Problem
from sim.experiments.designs import Design, design
from sim.experiments.ensembles import replicate_seed
from sim.experiments.executors import Executor, ProcessExecutor, SerialExecutor
from sim.experiments.fates import Crossings, fates
from sim.experiments.tracks import Tracks
from sim.model import BorderModel
from sim.records.comparison import (
    COMPARISON_SCHEMA,
    COMPARISON_TABLES,
    FORWARD,
    MANIFEST,
    MIRROR,
    ComparedPlan,
)
from sim.records.run_writer import (
    new_folder,
    scenario_hash,
    version_of,
    write_json,
    write_tables,
)
from sim.scenario.drawing import drawn
from sim.scenario.specs.scenario import Scenario

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Kept:
    """What is kept of a run.

    Attributes:
        run: Its name in the design.
        replicate: Its replicate.
        outcomes: Columns outcome, subject, value over the whole length.
        tracks: Who crossed where; None where no plan follows it.
        order: Ids of the legs in the order of the model's leg indices.
        seconds: What it took.
    """

    run: str
    replicate: int
    outcomes: Columns
    tracks: Tracks | None
    order: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class PairedRun:
    """The job of one run of a replicate.

    Attributes:
        name: Name of the run in the design.
        scenario: With central values; the replicate draws its own.
        seed: Seed of the comparison.
        replicate: Which replicate, from 0.
        followed: Keep who crossed where.
    """

    name: str
    scenario: Scenario
    seed: int
    replicate: int
    followed: bool

    def __call__(self, worker: int) -> Kept:
        """Run with the seed and the draw of the replicate."""
        begin = time.perf_counter()
        scenario = drawn(self.scenario, self.seed, self.replicate // 2)
        model = BorderModel(scenario, replicate_seed(self.seed, self.replicate))
        rows = model.run().columns("outcomes")
        whole = rows["month"] == "all"
        return Kept(
            run=self.name,
            replicate=self.replicate,
            outcomes={name: rows[name][whole] for name in ("outcome", "subject", "value")},
            tracks=Tracks.of(model) if self.followed else None,
            order=tuple(model.world.graph.legs),
            seconds=time.perf_counter() - begin,
        )


@dataclass
class _Books:
    """Rows of the comparison's tables, as replicates come in."""

    made: Design
    rows: dict[str, list[Columns]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def take(self, replicate: Sequence[Kept]) -> None:
        """Enter the runs of one replicate."""
        for kept in replicate:
            self.seconds[kept.run] = self.seconds.get(kept.run, 0.0) + kept.seconds
            self._add("values", run=kept.run, replicate=kept.replicate, **kept.outcomes)
        by_run = {kept.run: kept for kept in replicate}
        for plan in self.made.plans:
            if plan.treated_legs:
                self._follow(plan, by_run[plan.baseline], by_run[plan.plan])

    def _follow(self, plan: ComparedPlan, before: Kept, after: Kept) -> None:
        scenario, order = self._both(plan, before, after)
        at = Crossings.of(scenario, order)
        treated = at.mask(plan.treated_legs)
        clock = Clock(scenario.start, scenario.until, scenario.zone)
        # Without measures of its own a plan holds from the first hour to the last.
        begin, end = plan.window
        since = clock.hour_of(date.fromisoformat(begin)) if begin else 0
        last = date.fromisoformat(end) if end else scenario.until
        until = clock.hours if last >= scenario.until else clock.hour_of(last)
        one, two = before.tracks, after.tracks
        assert one is not None
        assert two is not None
        two = two.numbered(after.order, order)
        for side, (crossed, other) in {FORWARD: (one, two), MIRROR: (two, one)}.items():
            found = fates(crossed, other, at, treated, since, until)
            self._add(
                "fates", plan=plan.name, side=side, replicate=before.replicate,
                fate=np.array(list(found), dtype=object), persons=np.array(list(found.values())),
            )  # fmt: skip
        used = np.flatnonzero(at.border >= 0)
        names, places = np.array(at.legs, dtype=object)[used], at.places(treated)[used]
        for side, tracks in (("baseline", one), ("plan", two)):
            self._add(
                "crossings", plan=plan.name, side=side, replicate=before.replicate, leg=names,
                place=places, persons=tracks.crossed(since, until, len(at.legs))[used],
            )  # fmt: skip

    def _both(
        self, plan: ComparedPlan, before: Kept, after: Kept
    ) -> tuple[Scenario, tuple[str, ...]]:
        """Return the baseline with the plan's further places and legs, and the order of all legs.

        Legs are numbered run by run: a plan with a leg more numbers the others anew.
        """
        base, other = self.made.runs[plan.baseline], self.made.runs[plan.plan]
        places = {row.id: row for row in (*other.places, *base.places)}
        legs = {row.id: row for row in (*other.legs, *base.legs)}
        update = {"places": tuple(places.values()), "legs": tuple(legs.values())}
        order = tuple(dict.fromkeys((*before.order, *after.order)))
        return base.model_copy(update=update), order

    def _add(self, table: str, **columns: Any) -> None:
        length = max(len(v) for v in columns.values() if isinstance(v, np.ndarray))
        full = {
            name: v if isinstance(v, np.ndarray) else np.full(length, v, dtype=_kind(v))
            for name, v in columns.items()
        }
        self.rows.setdefault(table, []).append(full)

    def columns(self, table: str) -> Columns:
        """Return all rows of a table."""
        parts = self.rows[table]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _kind(value: Any) -> Any:
    return object if isinstance(value, str) else None


def run_plans(
    scenario: str | Path,
    plans: Sequence[str],
    *,
    sets: Sequence[str] = (),
    seed: int | None = None,
    replicates: int = 20,
    workers: int = 1,
    adaptation: bool = False,
    treated: Sequence[str] = (),
    arrivals: str | Path | None = None,
    out: str | Path | None = None,
) -> Path:
    """Run a scenario with and without plans; return the folder for ``analysis.compare``.

    Args:
        scenario: Name of a shipped scenario, or a file.
        plans: Plans compared; ``A+B`` is one plan made of two.
        sets: Overrides such as ``parameters.mu=2 d``, of the scenario or of a plan's rows.
        seed: Seed of the comparison; None takes the scenario's.
        replicates: Paired replicates, an even number: two share a draw of the parameters.
        workers: Processes that share the runs.
        adaptation: Also run against networks that stop learning on a plan's first day.
        treated: Targets whose crossings are followed, in place of the plans' own.
        arrivals: A table of arrivals added to the scenario's.
        out: Folder; None takes the first free ``runs/compare-NAME-sSEED-N``.

    Raises:
        InputError: A document, a setting, ``replicates`` or ``out`` is wrong.
        CrossborderError: A run failed, or the disk refuses.
    """
    check_replicates(replicates)
    made = design(
        str(scenario), plans, sets, None if arrivals is None else str(arrivals),
        adaptation=adaptation, treated=treated,
    )  # fmt: skip
    executor: Executor = SerialExecutor() if workers == 1 else ProcessExecutor(workers)
    facts = {"sets": list(sets), "command": f"sim.run_plans({str(scenario)!r})"}
    return run_comparison(
        made, made.baseline.seed if seed is None else seed, replicates, executor, out, facts
    )


def check_replicates(replicates: int) -> None:
    """Refuse a number of replicates that does not come in pairs (InputError)."""
    if replicates < 2 or replicates % 2:
        raise InputError([
            Problem(
                "odd-replicates",
                "replicates come in pairs that share a draw of the parameters",
                "Ask for an even number, 4 or more where intervals matter.",
                key="--replicates", value=str(replicates),
            )
        ])  # fmt: skip


def run_comparison(
    made: Design,
    seed: int,
    replicates: int,
    executor: Executor,
    out: str | Path | None,
    facts: dict[str, Any],
    on_run: Callable[[int], None] | None = None,
    complete: Callable[[Path], None] | None = None,
) -> Path:
    """Make every run of a design, write the comparison's folder and return its place.

    Args:
        made: What is run.
        seed: Seed of the comparison.
        replicates: Paired replicates, an even number.
        executor: Where the runs are made.
        out: Folder; None takes the first free ``runs/compare-NAME-sSEED-N``.
        facts: Further keys of the manifest.
        on_run: Called with the number of runs finished.
        complete: Called with the folder before it stands at its place, to add what is read from
            it; a failure of it leaves nothing.
    """
    started = datetime.now(UTC)
    followed = {run for plan in made.plans if plan.treated_legs for run in (plan.baseline,
                plan.plan)}  # fmt: skip
    jobs = [
        PairedRun(name, scenario, seed, r, name in followed)
        for r in range(replicates)
        for name, scenario in made.runs.items()
    ]
    books = _Books(made)
    with new_folder(out, f"compare-{made.baseline.scenario}-s{seed}") as new:
        replicate: list[Kept] = []
        with closing(executor.map(jobs)) as results:
            for number, kept in enumerate(results, start=1):
                replicate.append(kept)
                if len(replicate) == len(made.runs):
                    books.take(replicate)
                    replicate.clear()
                if on_run is not None:
                    on_run(number)
        rows = write_tables(new.path, books.columns, books.rows, tables=COMPARISON_TABLES)
        write_json(new.path / "scenario.json", made.baseline.as_text())
        finished = datetime.now(UTC)
        write_json(new.path / MANIFEST, {
            "schema": COMPARISON_SCHEMA,
            "crossborder": version_of("crossborder"),
            "status": "complete",
            "scenario": made.baseline.scenario,
            "seed": seed,
            "replicates": replicates,
            "plans": [asdict(plan) for plan in made.plans],
            "runs": {name: scenario_hash(s.as_text()) for name, s in made.runs.items()},
            "seconds_a_run": {n: round(s / replicates, 3) for n, s in books.seconds.items()},
            "tables": rows,
            **facts,
            "started": started.isoformat(timespec="seconds"),
            "finished": finished.isoformat(timespec="seconds"),
            "seconds": round((finished - started).total_seconds(), 3),
            "host": platform.node(),
            "python": platform.python_version(),
        })  # fmt: skip
        if complete is not None:
            complete(new.path)
    return new.place
