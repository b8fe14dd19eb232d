"""The first fit of `adriatic_shift` to registered arrivals in Bosnia and Herzegovina.

``python -m tests.studies fit`` searches; ``--score`` scores the scenario as it stands.

Six numbers at most are searched: mu, u_stay, win (season_win), kappa and the stopped shares of
Serbia - Croatia and Greece - Albania. Only months to June 2018 are read. A candidate is run on
two seeds; its loss is the mean over seeds of the squared difference of square roots of monthly
counts (a log loss would let the 5-77 persons of early 2017 rule). Every candidate tried is
appended to a file, so that nothing of the search is lost or chosen by hand.

ARD = sum over months of |observed - registered| / sum of registered.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from sim.errors import CrossborderError
from sim.randomness import Draws
from sim.scenario.loading import load

SCENARIO = "adriatic_shift"
SERIES = "bih_arrivals_monthly"
LAST = "2018-06"
UNTIL = "2018-07-01"
RECORD = Path(__file__).with_name("fit_tried.csv")
ACCEPTED_ARD = 0.35
REFUSED = 100.0


@dataclass(frozen=True)
class Knob:
    """One fitted number: settings it makes, and the range searched."""

    name: str
    low: float
    high: float
    settings: tuple[str, ...]
    unit: str
    log: bool = False

    def at(self, share: float) -> float:
        """Return the value at a share of the range, even in its logarithm where ``log``."""
        share = min(max(share, 0.0), 1.0)
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + share * (self.high - self.low))

    def sets(self, value: float) -> list[str]:
        """Return ``--set`` texts."""
        return [f"{path}={value:.6g}{self.unit}" for path in self.settings]


KNOBS = (
    Knob("mu", 1.35, 2.3, ("parameters.mu",), " d"),
    Knob("u_stay", -75.0, -40.0, ("parameters.u_stay",), " d"),
    Knob("win", 0.55, 0.9, ("parameters.season_win",), ""),
    Knob("kappa", 0.1, 6.0, ("parameters.kappa",), "", log=True),
    Knob("stopped_srb_hrv", 0.55, 0.9, (), ""),
    Knob("stopped_grc_alb", 0.3, 0.7, (), ""),
)


def knobs() -> tuple[Knob, ...]:
    """Return the knobs with the sectors of the two borders filled in."""
    scenario = load(SCENARIO)
    filled = []
    for knob in KNOBS:
        border = {"stopped_srb_hrv": "HRV-SRB", "stopped_grc_alb": "ALB-GRC"}.get(knob.name)
        if border is None:
            filled.append(knob)
            continue
        mine = [s.id for s in scenario.sectors if s.border == border and s.stopped_share]
        paths = tuple(f"sectors.{name}.stopped_share" for name in mine)
        filled.append(replace(knob, settings=paths))
    return tuple(filled)


def registered() -> dict[str, float]:
    """Return registered persons by month, to June 2018."""
    rows = [t for t in load(SCENARIO).targets if t.series == SERIES and len(t.period) == 7]
    return {t.period: t.persons.value for t in sorted(rows, key=lambda t: t.period)
            if t.period <= LAST}  # fmt: skip


def observed(job: tuple[list[str], int]) -> dict[str, Any]:
    """Run a candidate and return observed persons by month, or why it was refused."""
    from sim.model import BorderModel

    sets, seed = job
    try:
        scenario = load(SCENARIO, sets=[*sets, f"until={UNTIL}"])
        recorder = BorderModel(scenario, seed).run()
    except CrossborderError as refused:
        return {"refused": str(refused)}
    rows = recorder.columns("observed")
    mine = rows["series"] == SERIES
    return dict(zip(rows["month"][mine].tolist(), rows["persons"][mine].tolist(), strict=True))


def ard(found: dict[str, float], truth: dict[str, float]) -> float:
    """Return the averaged relative difference."""
    return sum(abs(found[m] - truth[m]) for m in truth) / sum(truth.values())


def loss(found: dict[str, float], truth: dict[str, float]) -> float:
    """Return the squared difference of square roots, per square root of registered."""
    gap = sum((found[m] ** 0.5 - truth[m] ** 0.5) ** 2 for m in truth)
    return gap / sum(truth.values())


class Search:
    """Tries candidates on several seeds in parallel and records each of them."""

    def __init__(self, seeds: Sequence[int], workers: int, record: Path) -> None:
        self.knobs = knobs()
        self.truth = registered()
        self.seeds = list(seeds)
        self.record = record
        self.pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        self.tried = 0

    def sets(self, x: np.ndarray) -> list[str]:
        """Return the settings of a point in the unit cube."""
        return [
            text
            for knob, share in zip(self.knobs, x, strict=True)
            for text in knob.sets(knob.at(share))
        ]

    def __call__(self, x: np.ndarray) -> float:
        """Return the loss of a point, mean over seeds."""
        outside = float(np.abs(x - np.clip(x, 0, 1)).sum())
        runs = list(self.pool.map(observed, [(self.sets(x), seed) for seed in self.seeds]))
        if any("refused" in run for run in runs):
            print("refused:", runs[0].get("refused", "")[:120], flush=True)
            return REFUSED
        losses = [loss(run, self.truth) for run in runs]
        ards = [ard(run, self.truth) for run in runs]
        self._write(x, losses, ards)
        self.tried += 1
        return float(np.mean(losses)) + outside

    def _write(self, x: np.ndarray, losses: list[float], ards: list[float]) -> None:
        new = not self.record.exists()
        values = [knob.at(share) for knob, share in zip(self.knobs, x, strict=True)]
        with self.record.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow([*(k.name for k in self.knobs), "loss", "ard", "seeds"])
            writer.writerow([*(f"{v:.6g}" for v in values), f"{np.mean(losses):.5f}",
                             f"{np.median(ards):.4f}", " ".join(map(str, self.seeds))])  # fmt: skip
        print(
            f"{time.strftime('%H:%M:%S')} {self.tried:4d} loss {np.mean(losses):.4f} "
            f"ard {np.median(ards):.3f} " + " ".join(f"{v:.4g}" for v in values),
            flush=True,
        )


def starts(count: int, dimensions: int) -> Iterator[np.ndarray]:
    """Yield keyed points spread over the unit cube, one in each of ``count`` slices an axis."""
    draws = Draws(2018)
    slices = np.array([
        np.argsort(draws.keyed("fit order", d, np.arange(count))) for d in range(dimensions)
    ])  # fmt: skip
    for i in range(count):
        jitter = draws.keyed("fit jitter", i, np.arange(dimensions))
        yield (slices[:, i] + jitter) / count


def nelder_mead(f: Search, x: np.ndarray, size: float, budget: int) -> np.ndarray:
    """Return the best point of a Nelder-Mead search (Nelder & Mead 1965) of ``budget`` tries."""
    points = [x] + [np.clip(x + size * e * (1 if v < 0.5 else -1), 0, 1)
                    for e, v in zip(np.eye(len(x)), x, strict=True)]  # fmt: skip
    scored = sorted((f(p), tuple(p)) for p in points)
    used = len(points)
    while used < budget:
        best, worst = scored[0], scored[-1]
        centre = np.mean([p for _, p in scored[:-1]], axis=0)
        away = centre - np.array(worst[1])
        tried = [(f(centre + away), tuple(centre + away))]
        used += 1
        if tried[0][0] < best[0]:
            tried.append((f(centre + 2 * away), tuple(centre + 2 * away)))
            used += 1
        elif tried[0][0] >= scored[-2][0]:
            tried.append((f(centre - 0.5 * away), tuple(centre - 0.5 * away)))
            used += 1
        new = min(tried)
        if new[0] < worst[0]:
            scored = sorted([*scored[:-1], new])
            continue
        scored = sorted([best] + [
            (f((np.array(p) + best[1]) / 2), tuple((np.array(p) + best[1]) / 2))
            for _, p in scored[1:]
        ])  # fmt: skip
        used += len(scored) - 1
    return np.array(scored[0][1])


def score(seeds: int, workers: int, sets: Sequence[str] = ()) -> dict[str, float]:
    """Score the scenario as it stands: median ARD and median monthly ratio over seeds."""
    truth = registered()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        runs = list(pool.map(observed, [(list(sets), seed) for seed in range(1, seeds + 1)]))
    ards = [ard(run, truth) for run in runs]
    middle = {m: median(run[m] for run in runs) for m in truth}
    ratios = [middle[m] / truth[m] for m in truth]
    first = [sum(run[m] for m in truth if "2017-01" <= m <= "2017-06") for run in runs]
    last = [sum(run[m] for m in truth if m >= "2018-01") for run in runs]
    print("month    registered   observed (median of seeds)")
    for month in truth:
        print(f"{month}  {truth[month]:10.0f}  {middle[month]:10.0f}")
    result = {
        "seeds": seeds,
        "ard_median": median(ards),
        "ard_low": min(ards),
        "ard_high": max(ards),
        "ratio_median": median(ratios),
        "growth_median": median(b / a for a, b in zip(first, last, strict=True)),
    }
    print(json.dumps(result, indent=1))
    return result


def search(tries: int, climbs: int, budget: int, workers: int, record: Path) -> None:
    """Try spread starts, then climb from the best ones."""
    f = Search((1, 2), workers, record)
    scored = sorted((f(x), tuple(x)) for x in starts(tries, len(f.knobs)))
    chosen: list[np.ndarray] = []
    for _, point in scored:
        x = np.array(point)
        if all(np.abs(x - other).max() > 0.15 for other in chosen):
            chosen.append(x)
        if len(chosen) == climbs:
            break
    for x in chosen:
        nelder_mead(f, x, 0.12, budget)
    f.pool.shutdown()


def main(argv: list[str]) -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.studies fit", description=__doc__)
    parser.add_argument("--score", action="store_true", help="score the scenario as it stands")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tries", type=int, default=40)
    parser.add_argument("--climbs", type=int, default=3)
    parser.add_argument("--budget", type=int, default=35)
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--set", action="append", default=[], dest="sets")
    options = parser.parse_args(argv)
    if options.score:
        score(options.seeds, options.workers, options.sets)
    else:
        search(options.tries, options.climbs, options.budget, options.workers, options.record)
