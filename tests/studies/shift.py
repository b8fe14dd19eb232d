"""What makes the shift: `adriatic_shift` with one mechanism off at a time, not refitted.

``python -m tests.studies shift [--replicates 20] [--workers 2]`` prints one table: growth of
observed arrivals in Bosnia and Herzegovina from the first half of 2017 to the first half of 2018,
Adriatic share at the exit screenline in the second half of 2017 and the first half of 2018, and
the fraction of the shift each mechanism accounts for, 1 - G_off / G_full, with G the change of
that share. Fractions need not add up. Intervals are 95 %, over replicates: Student's t, and for
the fraction Fieller's theorem on pairs of runs with the same seed (Fieller 1954).

Every run is kept in a record (``--record FILE``) as soon as it ends. A run that is there, of the
same scenario and the same code, is not made again: what failed or was interrupted is made up for by
calling the study once more. ``--write`` writes the table of the pack that the report shows.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import math
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

import sim
from analysis.student import t_quantile
from sim.records.run_writer import scenario_hash, version_of
from sim.scenario.finding import shipped_folder
from sim.scenario.loading import load
from sim.scenario.specs.ablations import UNITS

SCENARIO = "adriatic_shift"
SERIES = "bih_arrivals_monthly"
LINE = "leaving_the_six"
UNTIL = "2018-07-01"
#: Switch and setting of each variant.
VARIANTS: dict[str, tuple[str, str]] = {
    "full": ("", ""),
    "learning off": ("learning", "prior"),
    "retries off": ("retries", "off"),
    "season off": ("season", "off"),
    "networks fixed": ("smugglers", "fixed"),
    "history off": ("history", "off"),
    "initial stocks off": ("initial_stocks", "off"),
}
HALVES = {"2017H1": ("2017-01", "2017-06"), "2017H2": ("2017-07", "2017-12"),
          "2018H1": ("2018-01", "2018-06")}  # fmt: skip
#: What each quantity is of, told where the table is shown.
NOTES = {
    "growth": "arrivals observed in Bosnia and Herzegovina in the first half of 2018 over those in "
    "the first half of 2017",
    "share_before": "of the Adriatic route among those who leave the six countries, second half of "
    "2017",
    "share_after": "the same in the first half of 2018",
}
KEYS = ("code", "scenario", "variant", "seed")
FIGURES = (*(f"arrivals {half}" for half in HALVES), *(f"share {half}" for half in HALVES))
RECORD = Path(__file__).with_name("shift_runs.csv")
TABLE = Path("western_balkans") / "ablations.csv"
LEVEL = 0.95

Found = dict[str, float]
#: Runs of a variant by seed.
Runs = dict[str, dict[int, Found]]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean, its 95 % interval (None where it is not bounded) and how many seeds it rests on."""

    mean: float
    low: float | None
    high: float | None
    replicates: int


def run(job: tuple[str, str, str, int]) -> Found:
    """Return arrivals by half year and Adriatic shares of one run.

    Args:
        job: Scenario, last day (exclusive), variant, seed.
    """
    from sim.model import BorderModel

    reference, until, variant, seed = job
    scenario = load(reference, sets=sets_of(variant, until))
    recorder = BorderModel(scenario, seed).run()
    found = dict.fromkeys(FIGURES, 0.0)
    rows = recorder.columns("observed")
    mine = rows["series"] == SERIES
    for half, (first, last) in HALVES.items():
        inside = mine & (rows["month"] >= first) & (rows["month"] <= last)
        found[f"arrivals {half}"] = float(rows["persons"][inside].sum())
    lines = [s for s in scenario.screenlines if s.id == LINE]
    adriatic = {line.labels[border] for line in lines for border in line.adriatic}
    rows = recorder.columns("screenlines")
    mine = rows["screenline"] == LINE
    for half, (first, last) in HALVES.items():
        inside = mine & (rows["month"] >= first) & (rows["month"] <= last)
        total = float(rows["persons"][inside].sum())
        by = np.isin(rows["label"].astype(str), sorted(adriatic))
        found[f"share {half}"] = float(rows["persons"][inside & by].sum()) / total if total else 0.0
    return found


def sets_of(variant: str, until: str) -> list[str]:
    """Return the settings of a variant."""
    switch, setting = VARIANTS[variant]
    return [f"until={until}", *([f"switches.{switch}={setting}"] if switch else [])]


def scenario_key(reference: str, until: str) -> str:
    """Return the hash of the scenario run with everything on, without its own ablations."""
    text = load(reference, sets=[f"until={until}"]).as_text()
    return scenario_hash({k: v for k, v in text.items() if k != "ablations"})


def code_key() -> str:
    """Return a digest of the engine's source: runs of other code are not taken for these."""
    folder = Path(sim.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


class Record:
    """Runs kept in a CSV file, a row each, appended as they end."""

    def __init__(self, file: Path, code: str, scenario: str) -> None:
        self.file, self.code, self.scenario = file, code, scenario
        self.runs: Runs = {variant: {} for variant in VARIANTS}
        if file.is_file():
            with file.open(newline="", encoding="utf-8") as stream:
                for row in csv.DictReader(stream):
                    self._take(row)

    def _take(self, row: Mapping[str, str | None]) -> None:
        """Keep a row of this code and scenario; a line cut short by an interruption is none."""
        if (row["code"], row["scenario"]) != (self.code, self.scenario):
            return
        if row.get("variant") in VARIANTS and all(row.get(name) for name in FIGURES):
            found = {name: float(str(row[name])) for name in FIGURES}
            self.runs[str(row["variant"])][int(str(row["seed"]))] = found

    def add(self, variant: str, seed: int, found: Found) -> None:
        """Keep a run, in memory and in the file."""
        self.runs[variant][seed] = found
        new = not self.file.is_file()
        cut = not new and not self.file.read_bytes().endswith(b"\n")
        with self.file.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            if cut:
                stream.write("\n")
            if new:
                writer.writerow([*KEYS, *FIGURES])
            numbers = [f"{found[name]:.6g}" for name in FIGURES]
            writer.writerow([self.code, self.scenario, variant, seed, *numbers])


def make(record: Record, jobs: Sequence[tuple[str, str, str, int]], workers: int) -> int:
    """Make the runs that the record lacks, saying how far they are; return how many failed."""
    lacking = [job for job in jobs if job[3] not in record.runs[job[2]]]
    _say(f"{len(jobs) - len(lacking)} of {len(jobs)} runs are in {record.file}")
    if not lacking:
        return 0
    begun, failed = time.monotonic(), 0
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[Found], tuple[str, str, str, int]] = {
            pool.submit(run, job): job for job in lacking
        }
        try:
            for done, future in enumerate(as_completed(waiting), 1):
                _, _, variant, seed = waiting[future]
                try:
                    record.add(variant, seed, future.result())
                    how = "done"
                except Exception as error:  # one run lost is not all lost: the others are kept
                    failed += 1
                    how = f"failed: {type(error).__name__}: {error}"
                spent = time.monotonic() - begun
                left = spent / done * (len(lacking) - done)
                _say(f"{variant}, seed {seed}: {how}; {done} of {len(lacking)} in {spent:.0f} s, "
                     f"about {left:.0f} s left")  # fmt: skip
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failed


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def estimates(runs: Runs) -> dict[str, dict[str, Estimate]]:
    """Return the estimates of each variant with runs: growth, shares, change, accounted."""
    table: dict[str, dict[str, Estimate]] = {}
    for variant, own in runs.items():
        if not own:
            continue
        columns = {name: np.array([own[seed][name] for seed in sorted(own)]) for name in FIGURES}
        table[variant] = {
            "growth": mean_of(
                columns["arrivals 2018H1"] / np.maximum(columns["arrivals 2017H1"], 1)
            ),
            "share_before": mean_of(columns["share 2017H2"]),
            "share_after": mean_of(columns["share 2018H1"]),
            "change": mean_of(change(own, sorted(own))),
        }
        both = sorted(set(own) & set(runs["full"]))
        if variant != "full" and both:
            part = accounted(change(own, both), change(runs["full"], both))
            if part is not None:
                table[variant]["accounted"] = part
    return table


def change(runs: Mapping[int, Found], seeds: Iterable[int]) -> F64:
    """Return the change of the share by seed, in the order of ``seeds``."""
    return np.array([runs[s]["share 2018H1"] - runs[s]["share 2017H2"] for s in seeds])


def mean_of(values: F64) -> Estimate:
    """Return the mean with Student's interval."""
    n = len(values)
    mean = float(values.mean())
    if n < 2:
        return Estimate(mean, None, None, n)
    half = t_quantile(0.5 + LEVEL / 2, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def accounted(off: F64, full: F64) -> Estimate | None:
    """Return 1 - mean(off) / mean(full) with Fieller's interval for pairs by seed.

    The interval holds each ratio r for which mean(off - r full) is not told from 0 by Student's t
    (Fieller 1954, J. R. Stat. Soc. B 16:175). It is not bounded where the change of the full runs
    itself is not told from 0. None where that change is 0 on average.

    Args:
        off: Changes without the mechanism, shape (seeds,).
        full: Changes with everything on, by the same seeds, shape (seeds,).
    """
    n, a, b = len(off), float(off.mean()), float(full.mean())
    if b == 0:
        return None
    if n < 2:
        return Estimate(1 - a / b, None, None, n)
    (saa, sab), (_, sbb) = np.cov(off, full) / n
    t2 = t_quantile(0.5 + LEVEL / 2, n - 1) ** 2
    square, middle, rest = b * b - t2 * sbb, a * b - t2 * sab, a * a - t2 * saa
    inside = middle * middle - square * rest
    if square <= 0 or inside < 0:
        return Estimate(1 - a / b, None, None, n)
    root = math.sqrt(inside)
    low, high = 1 - (middle + root) / square, 1 - (middle - root) / square
    # Rounding may put the ratio of exactly proportional changes just outside.
    return Estimate(1 - a / b, min(low, 1 - a / b), max(high, 1 - a / b), n)


def show(table: Mapping[str, Mapping[str, Estimate]]) -> None:
    """Print the table."""
    names = ("growth", "share_before", "share_after", "change", "accounted")
    print(f"{'variant':20s} {'seeds':>5s}" + "".join(f" {name:>26s}" for name in names))
    for variant, row in table.items():
        cells = "".join(f" {_cell(row.get(name)):>26s}" for name in names)
        print(f"{variant:20s} {row['growth'].replicates:5d}{cells}")


def _cell(found: Estimate | None) -> str:
    if found is None:
        return "-"
    if found.low is None or found.high is None:
        return f"{found.mean:.2f}"
    return f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f})"


def table_text(
    table: Mapping[str, Mapping[str, Estimate]], scenario: str, command: str, made: date
) -> str:
    """Return the pack's table of ablations as CSV text."""
    stream = io.StringIO()
    stream.write("# What recorded runs say with one mechanism off at a time. The report shows it; "
                 "no run reads it.\n")  # fmt: skip
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["id", "switch", "setting", "quantity", "mean", "low", "high", "unit",
                     "replicates", "version", "scenario_hash", "made", "source",
                     "status", "note"])  # fmt: skip
    for variant, row in table.items():
        for quantity, found in row.items():
            numbers = ["" if v is None else f"{v:.4g}" for v in (found.low, found.high)]
            writer.writerow([
                f"{variant.replace(' ', '_')}_{quantity}", *VARIANTS[variant], quantity,
                f"{found.mean:.4g}", *numbers, UNITS[quantity], found.replicates,
                version_of("crossborder"), scenario, made.isoformat(), command, "estimated",
                NOTES.get(quantity, ""),
            ])  # fmt: skip
    return stream.getvalue()


def main(argv: list[str]) -> int:
    """Make the runs that are lacking, print the table and, if asked, write it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.studies shift", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add: Any = parser.add_argument
    add("--replicates", type=int, default=20, help="seeds of each variant, from 1")
    add("--workers", type=int, default=2, help="processes")
    add("--until", default=UNTIL, help="first day no longer simulated")
    add("--scenario", default=SCENARIO, help="scenario run")
    add("--record", type=Path, default=RECORD, help="file every run is kept in")
    add("--write", action="store_true", help="write the table the report shows")
    add("--table", type=Path, default=shipped_folder() / TABLE, help="where it is written")
    add("--json", action="store_true", help="print the numbers as JSON too")
    options = parser.parse_args(argv)
    if options.replicates < 1 or options.workers < 1:
        parser.error("--replicates and --workers are at least 1")
    seeds = range(1, options.replicates + 1)
    key = scenario_key(options.scenario, options.until)
    record = Record(options.record, code_key(), key)
    # Seed by seed: after an interruption every variant has about as many runs.
    jobs = [(options.scenario, options.until, v, seed) for seed in seeds for v in VARIANTS]
    failed = make(record, jobs, options.workers)
    runs = {v: {s: f for s, f in own.items() if s in seeds} for v, own in record.runs.items()}
    if not runs["full"]:
        print("no run with everything on succeeded: no table")
        return 1
    table = estimates(runs)
    if options.json:
        print(json.dumps({v: {q: vars(e) for q, e in row.items()} for v, row in table.items()},
                         indent=1))  # fmt: skip
    show(table)
    if failed:
        kept = f"call the study again: the others are kept in {options.record}"
        print(f"{failed} of {len(jobs)} runs failed; {kept}; no table is written")
        return 1
    if options.write:
        command = (f"derived: python -m tests.studies shift --replicates {options.replicates} "
                   f"(until {options.until})")  # fmt: skip
        text = table_text(table, key, command, date.today())
        partial = options.table.with_name(f".{options.table.name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(options.table)
        print(f"{options.table}: {sum(len(row) for row in table.values())} figures")
    return 0
