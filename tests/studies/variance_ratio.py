"""What pairs are worth: variance ratio of paired against independent runs.

``python -m tests.studies variance_ratio [--pairs 60] [--workers 2]`` runs `adriatic_shift` with
and without ``joint_patrols_montenegro_albania`` on the same seeds and prints, for persons
intercepted in the sectors of ALB-MNE in the first 90 days of the plan and over the whole period
from its first day, (var with + var without) / var of the difference: over all pairs (chance and
assumptions) and within pairs of replicates that share a draw (chance only), with a 95 % bootstrap
interval over draws (2,000 resamples, keyed). Target: 5 over 90 days.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analysis.paired import paired
from sim.experiments.designs import design
from sim.experiments.ensembles import replicate_seed
from sim.experiments.executors import Executor, ProcessExecutor, SerialExecutor
from sim.model import BorderModel
from sim.randomness import Draws
from sim.scenario.drawing import drawn
from sim.scenario.specs.scenario import Scenario

SCENARIO, PLAN, BORDER = "adriatic_shift", "joint_patrols_montenegro_albania", "ALB-MNE"
DAYS = 90
RESAMPLES = 2000
TARGET = 5.0


@dataclass(frozen=True)
class Intercepted:
    """A job: persons intercepted by day in the sectors of a border."""

    scenario: Scenario
    seed: int
    replicate: int
    border: str

    def __call__(self, worker: int) -> NDArray[np.int64]:
        """Run and count."""
        scenario = drawn(self.scenario, self.seed, self.replicate // 2)
        rows = BorderModel(scenario, replicate_seed(self.seed, self.replicate)).run()
        table = rows.columns("sectors")
        wanted = [s.id for s in self.scenario.sectors if s.border == self.border]
        mine = np.isin(table["sector"].astype(str), wanted)
        days = (self.scenario.until - self.scenario.start).days
        counted = np.bincount(table["day"][mine], table["intercepted"][mine], days)
        return counted.astype(np.int64)


def ratios(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return both variance ratios of values by replicate (NaN where not defined)."""
    sides = [dict(enumerate(side.tolist())) for side in (one, two)]
    found = paired(sides[0], sides[1], "more")
    return np.array([np.nan if r is None else r for r in (found.ratio, found.ratio_chance)])


def bootstrap(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 2.5 and 97.5 % of both ratios over resampled draws, shape (2, 2)."""
    draws = len(one) // 2
    keyed = Draws(7)
    made = []
    for i in range(RESAMPLES):
        chosen = (keyed.keyed("bootstrap", i, np.arange(draws)) * draws).astype(np.intp)
        rows = (2 * chosen[:, None] + np.arange(2)).ravel()
        made.append(ratios(one[rows], two[rows]))
    return np.asarray(np.nanquantile(np.array(made), [0.025, 0.975], axis=0))


def main(argv: list[str]) -> int:
    """Run the pairs and print; return 0 if the ratio over 90 days reaches the target."""
    parser = argparse.ArgumentParser(prog="python -m tests.studies variance_ratio",
                                     description=__doc__)  # fmt: skip
    parser.add_argument("--scenario", default=SCENARIO)
    parser.add_argument("--plan", default=PLAN)
    parser.add_argument("--border", default=BORDER)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], dest="sets")
    options = parser.parse_args(argv)
    made = design(options.scenario, [options.plan], options.sets)
    (plan,) = made.plans
    begin = time.perf_counter()
    jobs = [
        Intercepted(made.runs[name], options.seed, replicate, options.border)
        for replicate in range(options.pairs)
        for name in (plan.baseline, plan.plan)
    ]
    executor: Executor = (
        SerialExecutor() if options.workers == 1 else ProcessExecutor(options.workers)
    )
    counts = np.array(list(executor.map(jobs)), dtype=np.float64)
    first = (date.fromisoformat(plan.since) - made.baseline.start).days
    last = (date.fromisoformat(plan.until) - made.baseline.start).days
    print(f"{options.pairs} pairs, {options.border} under {plan.name}, plan in force from "
          f"{plan.since} to {plan.until}; {time.perf_counter() - begin:.0f} s")  # fmt: skip
    print("period                    without     with  difference  variance ratio (95 %)"
          "        chance only (95 %)")  # fmt: skip
    reached = 0.0
    for name, end in ((f"first {DAYS} days", min(first + DAYS, counts.shape[1])),
                      ("plan in force", last), ("to the end", counts.shape[1])):  # fmt: skip
        sums = counts[:, first:end].sum(axis=1)
        one, two = sums[0::2], sums[1::2]
        both, edges = ratios(one, two), bootstrap(one, two)
        day = made.baseline.start + timedelta(days=end)
        cells = [f"{r:7.2f} ({low:.2f} to {high:.2f})"
                 for r, low, high in zip(both, *edges, strict=True)]  # fmt: skip
        print(f"{name:14s} {day}  {one.mean():8.1f} {two.mean():8.1f}  {(two - one).mean():+9.1f}  "
              + "  ".join(f"{c:24s}" for c in cells))  # fmt: skip
        if name.startswith("first"):
            reached = float(both[0])
    print(f"target {TARGET:g} over {DAYS} days: {'reached' if reached >= TARGET else 'missed'}")
    return 0 if reached >= TARGET else 1
