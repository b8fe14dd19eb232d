"""Two patterns the field expects, each beside what the model makes of it, misfits included.

``python -m tests.studies patterns [--seeds 8] [--pairs 10] [--workers 2]`` prints

- **Montenegro, August 2018.** Entries a day past the sectors at Bozaj and Sukobin before and after
  the army joined the police on 16 August 2018, with and without that row of ``history``, the same
  seeds (reported: 20 to 30 a day before, about 15 after; web-tribune.com, August 2018). What a
  month changes by itself (season, arrivals) is in both.
- **Where last found most.** Weekly operations of three days in one of three sectors on the way
  out of Bosnia and Herzegovina through 2018. The next one goes where the last ones found most, or
  in turn; networks learn, or keep their first capacities. Persons intercepted a round, pairs of
  runs. A planner who follows finds does better while nobody learns; networks that learn are said
  to take the gain back.

Intervals are 95 %, chance and assumptions (draws shared by two replicates).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.paired import Sample
from sim.experiments.ensembles import replicate_seed
from sim.experiments.executors import Executor, ProcessExecutor, SerialExecutor
from sim.model import BorderModel
from sim.scenario.drawing import drawn
from sim.scenario.loading import load
from sim.scenario.specs.scenario import Scenario

SCENARIO = "adriatic_shift"
ARMY, SECTORS = "mne_army_august_2018", ("bozaj_sector", "sukobin")
#: Days compared: the first half of August, and a month from the day after the army came.
BEFORE = date(2018, 8, 1), date(2018, 8, 16)
AFTER = date(2018, 8, 17), date(2018, 9, 16)
REPORTED = "20 to 30 before, about 15 after (-40 %)"

OPERATION = """plan: weekly_operation
for: adriatic_shift
summary: Three days a week in one of three sectors
measures:
  - id: weekly
    kind: joint_operation
    at: [sector:BIH-HRV/lika, sector:BIH-HRV/kordun, sector:BIH-MNE/trebinje_sector]
    from: 2018-01-08
    until: 2019-01-01
    every: 7 d
    lasts: 3 d
    place_next: {place_next}
    officers:
      HRV: {{border_police: 20 officers}}
      BIH: {{border_police: 10 officers}}
    taken_from: {{HRV: reserve:hrv_police, BIH: reserve:bih_police}}
    legal_base: agreement:weekly_order
  - id: weekly_order
    kind: agreement
    at: [country:BIH, country:HRV, country:MNE]
    from: 2018-01-08
    until: 2019-01-01
    powers: [joint_patrol, officer_exchange]
provenance: {{source: "assumed: made for this study", status: assumed}}
"""
PLACE_NEXT = ("in_turn", "where_last_found_most")
LEARNING = ("adaptive", "fixed")


@dataclass(frozen=True)
class EntriesByDay:
    """A job: persons a day who pass sectors, in each of some spans of days.

    Attributes:
        scenario: What is run, with central values.
        seed: Seed of the run.
        sectors: Sectors passed, counted one by one.
        spans: First day of each span and the first after it.
    """

    scenario: Scenario
    seed: int
    sectors: tuple[str, ...]
    spans: tuple[tuple[date, date], ...]

    def __call__(self, worker: int) -> list[list[float]]:
        """Run and count; return entries a day by sector and span."""
        table = BorderModel(self.scenario, self.seed).run().columns("sectors")
        stopped = table["aborted"] + table["intercepted"] + table["outside"]
        passed = np.asarray(table["tried"] - stopped)
        found = []
        for sector in self.sectors:
            mine = table["sector"].astype(str) == sector
            found.append([])
            for span in self.spans:
                first, last = ((day - self.scenario.start).days for day in span)
                inside = mine & (table["day"] >= first) & (table["day"] < last)
                found[-1].append(float(passed[inside].sum()) / (last - first))
        return found


@dataclass(frozen=True)
class FoundByRound:
    """A job: persons intercepted a round of the operation, and how often it changed its place."""

    scenario: Scenario
    seed: int
    replicate: int

    def __call__(self, worker: int) -> tuple[float, float]:
        """Run and count."""
        scenario = drawn(self.scenario, self.seed, self.replicate // 2)
        rows = BorderModel(scenario, replicate_seed(self.seed, self.replicate)).run()
        table = rows.columns("operations")
        places = [str(p) for p in table["places"]]
        moved = statistics.mean(a != b for a, b in pairwise(places))
        return float(np.mean(table["intercepted"])), moved


def _executor(workers: int) -> Executor:
    return SerialExecutor() if workers == 1 else ProcessExecutor(workers)


def army(seeds: int, workers: int) -> None:
    """Print entries a day before and after the army came."""
    with_army = load(SCENARIO)
    kept = tuple(row for row in with_army.history if row.id != ARMY)
    if len(kept) == len(with_army.history):
        raise SystemExit(f"{SCENARIO} has no row {ARMY} in its history")
    without = with_army.model_copy(update={"history": kept})
    jobs = [EntriesByDay(side, seed, SECTORS, (BEFORE, AFTER))
            for seed in range(1, seeds + 1) for side in (with_army, without)]  # fmt: skip
    found = np.array(list(_executor(workers).map(jobs)))  # (seeds * 2, sectors, spans)
    print(f"Entries a day past the sectors of Albania - Montenegro, {BEFORE[0]} to {BEFORE[1]} and "
          f"{AFTER[0]} to {AFTER[1]}; {seeds} seeds, median (range); "
          f"reported at Bozaj: {REPORTED}")  # fmt: skip
    counted = {name: found[:, i] for i, name in enumerate(SECTORS)}
    counted["both"] = found.sum(axis=1)
    for name, spans in counted.items():
        for side, (before, after) in (("with the army", spans[0::2].T), ("without", spans[1::2].T)):
            change = 100 * (after - before)[before > 0] / before[before > 0]
            print(f"  {name:14s} {side:14s} before {_range(before)}  after {_range(after)}  "
                  f"change {_range(change)} %")  # fmt: skip
        effect = spans[0::2, 1] - spans[1::2, 1]
        print(f"  {name:14s} what the army changes, the same seeds: {_range(effect)} a day")


def _range(values: NDArray[np.float64]) -> str:
    if not values.size:
        return "not recorded"
    return f"{np.median(values):.1f} ({values.min():.1f} to {values.max():.1f})"


def following_finds(pairs: int, seed: int, workers: int) -> None:
    """Print what following the last finds is worth, with networks that learn and that do not."""
    jobs, names = [], []
    with tempfile.TemporaryDirectory() as folder:
        for learning in LEARNING:
            for place_next in PLACE_NEXT:
                plan = Path(folder, f"{place_next}.yaml")
                plan.write_text(OPERATION.format(place_next=place_next), encoding="utf-8")
                scenario = load(SCENARIO, [str(plan)], [f"switches.smugglers={learning}"])
                names.append((learning, place_next))
                jobs += [FoundByRound(scenario, seed, r) for r in range(pairs)]
    made = list(_executor(workers).map(jobs))
    runs = {name: made[i * pairs : (i + 1) * pairs] for i, name in enumerate(names)}
    print(f"Persons intercepted a round of three days, {pairs} pairs")
    gains = {}
    for learning in LEARNING:
        turn, most = (runs[learning, place_next] for place_next in PLACE_NEXT)
        gains[learning] = {r: b[0] - a[0] for r, (a, b) in enumerate(zip(turn, most, strict=True))}
        print(f"  networks {learning:9s} in turn {statistics.mean(a for a, _ in turn):6.2f}  "
              f"where last found most {statistics.mean(a for a, _ in most):6.2f}  "
              f"(moved on after {statistics.mean(m for _, m in most):.0%} of rounds)  "
              f"difference {_with_interval(gains[learning])}")  # fmt: skip
    lost = {r: gains["adaptive"][r] - gains["fixed"][r] for r in range(pairs)}
    print(f"  what learning networks change of that difference: {_with_interval(lost)}")


def _with_interval(values: dict[int, float]) -> str:
    sample = Sample.of(values)
    bounds = sample.total_bounds()
    said = f"{sample.mean:+.2f}"
    return said if bounds is None else f"{said} ({bounds[0]:+.2f} to {bounds[1]:+.2f})"


def main(argv: list[str]) -> int:
    """Print both patterns; return 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.studies patterns", description=__doc__)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(argv)
    begin = time.perf_counter()
    army(options.seeds, options.workers)
    following_finds(options.pairs, options.seed, options.workers)
    print(f"{time.perf_counter() - begin:.0f} s")
    return 0
