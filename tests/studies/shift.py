"""What makes the shift: `adriatic_shift` with one mechanism off at a time, not refitted.

``python -m tests.studies shift [--replicates 20] [--workers 2]`` prints one table: growth of
observed arrivals in Bosnia and Herzegovina from the first half of 2017 to the first half of 2018,
Adriatic share at the exit screenline in the second half of 2017 and the first half of 2018, and
the fraction of the shift each mechanism accounts for, 1 - G_off / G_full, with G the change of
that share. Fractions need not add up. Intervals are 95 %, over replicates by seed.
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from sim.scenario.loading import load

SCENARIO = "adriatic_shift"
SERIES = "bih_arrivals_monthly"
LINE = "leaving_the_six"
UNTIL = "2018-07-01"
VARIANTS: dict[str, list[str]] = {
    "full": [],
    "learning off": ["switches.learning=prior"],
    "retries off": ["switches.retries=off"],
    "season off": ["switches.season=off"],
    "networks fixed": ["switches.smugglers=fixed"],
    "history off": ["switches.history=off"],
    "initial stocks off": ["switches.initial_stocks=off"],
}
HALVES = {"2017H1": ("2017-01", "2017-06"), "2017H2": ("2017-07", "2017-12"),
          "2018H1": ("2018-01", "2018-06")}  # fmt: skip


def run(job: tuple[list[str], int]) -> dict[str, float]:
    """Return arrivals by half year and Adriatic shares of one run."""
    from sim.model import BorderModel

    sets, seed = job
    scenario = load(SCENARIO, sets=[*sets, f"until={UNTIL}"])
    recorder = BorderModel(scenario, seed).run()
    line = next(s for s in scenario.screenlines if s.id == LINE)
    adriatic = {line.labels[border] for border in line.adriatic}
    found: dict[str, float] = {}
    rows = recorder.columns("observed")
    mine = rows["series"] == SERIES
    for half, (first, last) in HALVES.items():
        inside = mine & (rows["month"] >= first) & (rows["month"] <= last)
        found[f"arrivals {half}"] = float(rows["persons"][inside].sum())
    rows = recorder.columns("screenlines")
    mine = rows["screenline"] == LINE
    for half, (first, last) in HALVES.items():
        inside = mine & (rows["month"] >= first) & (rows["month"] <= last)
        total = float(rows["persons"][inside].sum())
        by = np.isin(rows["label"].astype(str), sorted(adriatic))
        found[f"share {half}"] = float(rows["persons"][inside & by].sum()) / total if total else 0.0
    return found


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean and half the width of its 95 % interval."""
    spread = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    return float(values.mean()), float(1.96 * spread)


def main(argv: list[str]) -> None:
    """Run all variants and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.studies shift", description=__doc__)
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    seeds = range(1, options.replicates + 1)
    jobs = [(sets, seed) for sets in VARIANTS.values() for seed in seeds]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        runs = list(pool.map(run, jobs))
    n = len(seeds)
    by_variant = {v: runs[i * n : (i + 1) * n] for i, v in enumerate(VARIANTS)}
    table = {variant: summary(found) for variant, found in by_variant.items()}
    full = table["full"]["gain"][0]
    if options.json:
        print(json.dumps(table, indent=1))
    print(f"{'variant':20s} {'growth':>16s} {'share 2017H2':>15s} {'share 2018H1':>15s} "
          f"{'G':>15s} {'fraction':>9s}")  # fmt: skip
    for variant, row in table.items():
        cells = [f"{m:8.3f} +-{h:6.3f}" for m, h in row.values()]
        fraction = 1 - row["gain"][0] / full if variant != "full" and full else float("nan")
        print(f"{variant:20s} {'  '.join(cells)} {fraction:9.2f}")


def summary(found: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """Return means and half widths of growth, shares and their change."""
    column = {k: np.array([f[k] for f in found]) for k in found[0]}
    growth = column["arrivals 2018H1"] / np.maximum(column["arrivals 2017H1"], 1.0)
    gain = column["share 2018H1"] - column["share 2017H2"]
    return {
        "growth": interval(growth),
        "before": interval(column["share 2017H2"]),
        "after": interval(column["share 2018H1"]),
        "gain": interval(gain),
    }
