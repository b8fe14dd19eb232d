"""The nine plans of `adriatic_shift`, their nulls and the baseline, in one comparison.

``python -m tests.studies compare [--replicates 20] [--workers 2] [--plan NAME ...]`` runs every
shipped plan of the list, prints verdicts and tables, and the seconds it took: each variant's mean
run, the runs, the reading and the page. Plans that are not shipped are named and left out. The
folder is kept where ``--out`` says. ``--write`` puts what was found into the plans' pages and the
guide's table (``scenarios``).

The call without options that make it another comparison is held to 60 minutes in all and 18 s a
run, the mean of each variant: above that the exit code is 1.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.comparison import PRIMARY, check_primary, compare
from analysis.comparison_page import write_page
from analysis.comparison_results import write_results
from sim.app.comparing import print_comparison
from sim.experiments.comparisons import check_replicates, run_comparison
from sim.experiments.designs import design
from sim.experiments.executors import Executor, ProcessExecutor, SerialExecutor
from sim.scenario.loading import shipped
from tests.studies import _taught

SCENARIO = "adriatic_shift"
PLANS = (
    "rapid_reaction_2018", "common_operation_trebinje_bihac", "officer_exchange_trebinje",
    "airport_officer_exchange", "centre_round_the_clock", "fast_readmission",
    "joint_patrols_montenegro_albania", "investigate_networks", "protection_first",
)  # fmt: skip
#: Primary outcomes where none are named, by scenario; for others those of ``crossborder compare``.
PRIMARIES = {
    SCENARIO: (
        "interceptions@border:ALB-MNE", "interceptions@border:BIH-MNE", "requests_in_time_share",
        "readmission_days", "arrests", "victims_identified_share",
    )
}  # fmt: skip
REPLICATES, WORKERS = 20, 2
#: What the default call may take: seconds in all, and of the mean run of a variant.
LONGEST, LONGEST_RUN = 3600.0, 18.0
_COMMAND = "python -m tests.studies compare"
#: Options that are as they are by default in a call held to it.
_HELD = ("scenario", "plan", "replicates", "workers", "adaptation", "sets", "seed", "primary")


def chosen(asked: Sequence[str]) -> list[str]:
    """Return the plans to compare: those asked, or those of the nine that are shipped."""
    if asked:
        return list(asked)
    there = {row.name for row in shipped() if row.kind == "plan"}
    missing = [name for name in PLANS if name not in there]
    if missing:
        print(f"not shipped, left out: {', '.join(missing)}")
    return [name for name in PLANS if name in there]


def too_slow(seconds: float, a_run: Mapping[str, float]) -> list[str]:
    """Return what took longer than it may: seconds in all, and a mean run by variant."""
    found = [f"{seconds:.1f} s in all, at most {LONGEST:g}"] if seconds > LONGEST else []
    return found + [f"{mean:.1f} s a run of {name}, at most {LONGEST_RUN:g}"
                    for name, mean in a_run.items() if mean > LONGEST_RUN]  # fmt: skip


def main(argv: list[str]) -> int:
    """Compare and print; 1 if there is nothing to compare, or the default call is too slow."""
    parser = argparse.ArgumentParser(prog="python -m tests.studies compare", description=__doc__)
    parser.add_argument("--scenario", default=SCENARIO)
    parser.add_argument("--plan", action="append", default=[])
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--primary", action="append", default=[])
    parser.add_argument("--adaptation", action="store_true")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(argv)
    default = all(getattr(options, key) == parser.get_default(key) for key in _HELD)
    if options.write and not default:
        parser.error("--write goes with the default comparison: the guide holds that of nine plans")
    check_replicates(options.replicates)
    names = tuple(options.primary or PRIMARIES.get(options.scenario, PRIMARY))
    check_primary(names)
    plans = chosen(options.plan)
    if not plans:
        return 1
    begin = time.perf_counter()
    made = design(options.scenario, plans, options.sets, adaptation=options.adaptation)
    designed = time.perf_counter()
    executor: Executor = (
        SerialExecutor() if options.workers == 1 else ProcessExecutor(options.workers)
    )
    place = options.out or Path(tempfile.mkdtemp()) / "comparison"
    seed = made.baseline.seed if options.seed is None else options.seed
    facts = {"sets": options.sets, "command": _COMMAND}
    try:
        folder = run_comparison(made, seed, options.replicates, executor, place, facts, told)
        ran = time.perf_counter()
        comparison = compare(folder, names)
        write_results(comparison)
        write_page(comparison)
        read = time.perf_counter()
        print_comparison(comparison)
        runs = len(made.runs) * options.replicates
        print(f"\n{len(made.runs)} variants x {options.replicates} pairs = {runs} runs on "
              f"{options.workers} workers")  # fmt: skip
        a_run = comparison.folder.manifest["seconds_a_run"]
        for name, seconds in a_run.items():
            print(f"{seconds:8.1f} s a run  {name}")
        print(f"{designed - begin:8.1f} s loading and checking\n{ran - designed:8.1f} s running\n"
              f"{read - ran:8.1f} s reading and page\n{read - begin:8.1f} s in all")  # fmt: skip
        if options.write:
            for path in _taught.write(comparison, _COMMAND):
                print(f"written: {path}")
        if not default:
            return 0
        slow = too_slow(read - begin, a_run)
        print("; ".join(["too slow", *slow]) if slow else
              f"in time: at most {LONGEST:g} s in all and {LONGEST_RUN:g} s a run")  # fmt: skip
        return 1 if slow else 0
    finally:
        if options.out is None:
            shutil.rmtree(place.parent, ignore_errors=True)


def told(done: int) -> None:
    """Say how many runs are done, now and then."""
    if done % 20 == 0:
        print(f"{time.strftime('%H:%M:%S')} {done} runs done", flush=True)
