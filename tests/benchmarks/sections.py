"""The sections of the benchmark table; each yields rows and keeps its measurements."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.growth import fit
from tests.benchmarks.measuring import (
    Measurement,
    best,
    environment,
    finish,
    measure,
    shell,
    start,
    start_in,
)  # fmt: skip

MILLION = 10**6
SMALL = 10**4
MESA_DAYS = 30


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: What was measured.
        figure: The figure with its unit.
        reach: What is to be reached, and against what; empty where nothing is.
        met: Whether it was; None where nothing is to be reached.
    """

    what: str
    figure: str
    reach: str = ""
    met: bool | None = None


@dataclass
class Bench:
    """One invocation: how thorough, and what was measured so far.

    Attributes:
        quick: One repetition, small sizes.
        largest: Parties of the section ``crowd``.
        kept: Measurements by name, for ``--json``.
    """

    quick: bool
    largest: int = MILLION
    kept: dict[str, Any] = field(default_factory=dict)
    _at: dict[int, Measurement] = field(default_factory=dict)

    @property
    def repetitions(self) -> int:
        """Runs of which the least is taken."""
        return 1 if self.quick else 5

    def keep(self, name: str, measurements: list[Measurement]) -> Measurement:
        """Keep measurements under a name and return the best."""
        self.kept[name] = [asdict(m) for m in measurements]
        return best(measurements)

    def stress(self, parties: int) -> Measurement:
        """Return a run of `stress` of that size, measured once an invocation."""
        if parties not in self._at:
            name = f"stress {parties}"
            self._at[parties] = self.keep(name, [measure("stress", parties=parties)])
        return self._at[parties]

    def _at_a_million(self, reach: float, figure: float, unit: str) -> tuple[str, bool] | tuple[()]:
        """Return what is to be reached and whether it was; nothing for a smaller crowd."""
        return (f"{reach:g} {unit}", figure <= reach) if self.largest == MILLION else ()

    # Sections ------------------------------------------------------------------------------

    def crowd(self) -> Iterator[Row]:
        """The largest crowd with every mechanism on, all but cooperation, and the bound in turns.

        The bound is movement alone in plain numpy.
        """
        size = self.largest
        measure("stress", parties=SMALL)  # the year in which kernels are compiled, if need be
        ours, alone, bound = [], [], []
        for _ in range(self.repetitions):
            ours.append(measure("stress", parties=size))
            alone.append(measure("stress", parties=size, cooperation=False))
            bound.append(measure("plain_numpy", parties=size))
        full = self._at[size] = self.keep(f"stress {size}", ours)
        without = self.keep(f"stress {size}, without cooperation", alone)
        least = self.keep(f"plain numpy {size}", bound)
        runs = "1 run" if self.quick else f"least of {self.repetitions}"
        yield Row(
            f"stress, {size:,} parties, 1 year ({runs})",
            f"{full.cpu_seconds:.2f} CPU s", *self._at_a_million(20, full.cpu_seconds, "CPU s"),
        )  # fmt: skip
        yield Row(
            "  peak memory", f"{full.peak_mb:.0f} MB", *self._at_a_million(400, full.peak_mb, "MB")
        )
        yield Row("  legs a party", f"{_legs(full):.1f}", "25")
        yield Row(
            "  requests, cases of readmission",
            f"{full.facts['requests']:,}, {full.facts['cases']:,}",
        )
        yield Row(
            f"  without cooperation ({runs})",
            f"{without.cpu_seconds:.2f} CPU s, {without.peak_mb:.0f} MB, "
            f"{_legs(without):.1f} legs a party",
            *self._at_a_million(13, without.cpu_seconds, "CPU s"),
        )
        yield Row(
            "  with / without cooperation", f"{full.cpu_seconds / without.cpu_seconds:.2f} times"
        )
        yield Row(
            f"plain numpy, movement alone, {size:,} parties ({runs})",
            f"{least.cpu_seconds:.2f} CPU s",
        )
        yield Row("  legs a party", f"{least.facts['legs'] / size:.1f}", "25")
        ratio = without.cpu_seconds / least.cpu_seconds
        yield Row(
            "  stress without cooperation / plain numpy", f"{ratio:.2f} times",
            *(("2.6 times (13 s / 5 s)", ratio <= 2.6) if size == MILLION else ()),
        )  # fmt: skip
        seconds: dict[str, float] = full.facts["phase_seconds"]
        total = sum(seconds.values())
        yield Row("  in phases of the tick", f"{total:.2f} s")
        for name, spent in seconds.items():
            yield Row(f"    {name}", f"{spent:.2f} s, {100 * spent / total:.0f} %")

    def growth(self) -> Iterator[Row]:
        """Growth of CPU time and memory with the number of parties."""
        sizes = [10**4, 10**5, 10**6] + ([] if self.quick else [3 * 10**6])
        runs = [self.stress(n) for n in sizes]
        for n, run in zip(sizes, runs, strict=True):
            yield Row(
                f"stress, {n:,} parties",
                f"{run.cpu_seconds:.2f} CPU s, {run.peak_mb:.0f} MB, {_legs(run):.1f} legs a party",
            )
        line = fit(sizes, [r.cpu_seconds for r in runs])
        self.kept["growth"] = asdict(line)
        yield Row(
            "  line through them",
            f"{line.fixed:.2f} s + {1e6 * line.each:.2f} us a party, off by at most "
            f"{100 * line.worst:.0f} %",
        )
        yield Row(
            "  a further party from size to size",
            ", ".join(f"{1e6 * seconds:.2f}" for seconds in line.further) + " us",
            "last step at most 1.2 times the one before", line.bend <= 1.2,
        )  # fmt: skip

    def mesa(self) -> Iterator[Row]:
        """The plain Mesa loop, 30 days scaled to a year, beside the engine."""
        sizes = [10**4] if self.quick else [10**4, 10**5]
        ours = self.stress(MILLION).cpu_seconds
        for variant, when_due, reach in (
            ("stepping every tick", False, 50), ("stepping when due", True, 5),
        ):  # fmt: skip
            for n in sizes:
                run = measure("plain_mesa", parties=n, days=MESA_DAYS, when_due=when_due)
                self.keep(f"plain mesa, {variant}, {n}", [run])
                year = run.cpu_seconds * 365 / MESA_DAYS
                legs = run.facts["legs"] / n * 365 / MESA_DAYS
                yield Row(
                    f"plain Mesa, {variant}, {n:,} parties",
                    f"{year:.1f} CPU s a year (from {run.cpu_seconds:.2f} s for {MESA_DAYS} days), "
                    f"{run.peak_mb:.0f} MB, {legs:.1f} legs a party and year",
                )
                yield Row(
                    "  stress of that size", f"{self.stress(n).cpu_seconds:.2f} CPU s: "
                    f"{year / self.stress(n).cpu_seconds:.1f} times faster",
                )  # fmt: skip
            estimate = year * MILLION / sizes[-1]
            yield Row(
                "  1,000,000 parties, ESTIMATED in proportion to the largest measured",
                f"{estimate:.0f} CPU s: stress is {estimate / ours:.1f} times faster",
                f"{reach} times", estimate / ours >= reach,
            )  # fmt: skip

    def shift(self) -> Iterator[Row]:
        """`adriatic_shift` from the shell, in a warm worker, and its report."""
        name = "adriatic_shift"
        with tempfile.TemporaryDirectory() as folder:
            cwd, walls, reports = Path(folder), [], []
            for i in range(min(self.repetitions, 3)):
                walls.append(shell(["run", name, "--no-report", "--out", f"run{i}"], cwd))
                reports.append(shell(["report", f"run{i}"], cwd))
        warm = self.keep(
            f"{name} warm",
            [measure("warm", scenario=name) for _ in range(min(self.repetitions, 3))],
        )
        self.kept[f"{name} shell"], self.kept[f"{name} report"] = walls, reports
        yield Row(
            f"{name}, from the shell without report", f"{min(walls):.2f} s", "10 s",
            min(walls) <= 10,
        )  # fmt: skip
        yield Row(
            f"{name}, in a warm worker", f"{warm.wall_seconds:.2f} s", "8 s",
            warm.wall_seconds <= 8,
        )  # fmt: skip
        yield Row(f"{name}, its report", f"{min(reports):.2f} s", "6 s", min(reports) <= 6)

    def workers(self) -> Iterator[Row]:
        """Two workers of one ensemble against two processes that know nothing of each other."""
        name, each = "adriatic_shift", 2 if self.quick else 4
        together, apart = [], []
        for _ in range(1 if self.quick else 3):
            begin = time.perf_counter()
            pair = [start("ensemble", scenario=name, replicates=each, workers=1) for _ in "ab"]
            for process in pair:
                finish(process)
            apart.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            finish(start("ensemble", scenario=name, replicates=2 * each, workers=2))
            together.append(time.perf_counter() - begin)
        self.kept["two workers"] = {"together": together, "apart": apart}
        ratio = min(apart) / min(together)
        yield Row(
            f"two workers, {2 * each} runs of {name}",
            f"{min(together):.2f} s; two independent processes {min(apart):.2f} s: "
            f"{100 * ratio:.0f} %",
            "95 %", ratio >= 0.95,
        )  # fmt: skip

    def help(self) -> Iterator[Row]:
        """How long the command takes to say what it can do."""
        with tempfile.TemporaryDirectory() as folder:
            walls = [shell(["--help"], Path(folder)) for _ in range(5)]
        self.kept["help"] = walls
        yield Row("crossborder --help", f"{min(walls):.2f} s", "0.3 s", min(walls) <= 0.3)

    def compile(self) -> Iterator[Row]:
        """What the first run after an installation spends on compiling kernels."""
        with tempfile.TemporaryDirectory() as folder:
            around = environment() | {"NUMBA_CACHE_DIR": folder}
            name = "adriatic_shift"
            run = finish(start_in(around, "compiling", scenario=name, until="2017-03-01"))
        self.keep("compile", [run])
        facts = run.facts
        yield Row(
            f"kernels compiled in the first two months of {name}",
            f"{facts['seconds']:.1f} s of {run.wall_seconds:.1f} s: {facts['kernels']} kernels, "
            f"{facts['types']} types of arguments, {facts['bytes'] / 1e6:.1f} MB",
            "60 s", facts["seconds"] <= 60,
        )  # fmt: skip


SECTIONS = ("crowd", "growth", "mesa", "shift", "workers", "help", "compile")


def _legs(run: Measurement) -> float:
    return float(run.facts["legs"] / run.facts["parties"])
