"""The fit of `adriatic_shift` to registered arrivals in Bosnia and Herzegovina, to June 2018.

``python -m tests.studies fit`` searches, ``fit --score`` scores the scenario as it stands, and
``fit --write`` searches and then writes the accepted sets beside the pack.

Six numbers are searched: mu, u_stay, win (season_win), kappa and the stopped shares of Serbia -
Croatia and Greece - Albania. Only months to June 2018 are read. The search has three stages:

1. *flow*: keyed differential evolution (Storn & Price 1997) from several starts on the flow
   version (``_flow``: expected numbers, less than 0.1 s a run). The loss is the squared difference
   of square roots of monthly counts (a log loss would let the 5-77 persons of early 2017 rule).
2. *corrected*: the best candidate is run on parties; flow times the ratio of parties (mean of
   seeds) to flow by month is searched again, twice. So the parties decide, and the flow only
   says which way to go.
3. *parties*: candidates of about the best loss, as far apart as can be, are run on parties over
   several seeds; those with a median ARD within ``ACCEPTED_ARD`` are accepted.

Every candidate of every stage is appended to the record file, so that nothing of the search is
lost or chosen by hand. ARD = sum over months of |observed - registered| / sum of registered.
On one core of 2 (AMD EPYC) the whole search takes about 25 minutes.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from sim.errors import CrossborderError
from sim.randomness import Draws
from sim.scenario.finding import shipped_folder
from sim.scenario.loading import load
from tests.studies._flow import Flow

SCENARIO = "adriatic_shift"
SERIES = "bih_arrivals_monthly"
LAST = "2018-06"
UNTIL = "2018-07-01"
RECORD = Path(__file__).with_name("fit_tried.csv")
ACCEPTED_ARD = 0.35
REFUSED = 100.0
#: Difference by which slopes are taken, as a share of a knob's range.
_STEP = 0.01
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Knob:
    """One fitted number: the range searched, its unit, and the border whose sectors it sets."""

    name: str
    low: float
    high: float
    unit: str = ""
    path: str = ""
    border: str = ""
    log: bool = False

    def at(self, share: float) -> float:
        """Return the value at a share of the range, even in its logarithm where ``log``."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + share * (self.high - self.low))


KNOBS = (
    Knob("mu", 1.3, 2.8, " d", "parameters.mu"),
    Knob("u_stay", -75.0, -22.0, " d", "parameters.u_stay"),
    Knob("win", 0.2, 0.9, "", "parameters.season_win"),
    Knob("kappa", 1.0, 30.0, "", "parameters.kappa", log=True),
    Knob("stopped_srb_hrv", 0.55, 0.9, border="HRV-SRB"),
    Knob("stopped_grc_alb", 0.15, 0.7, border="ALB-GRC"),
)


class Target:
    """The months fitted, and how far a run lies from them."""

    def __init__(self) -> None:
        rows = [t for t in load(SCENARIO).targets if t.series == SERIES and len(t.period) == 7]
        self.truth = {
            t.period: t.persons.value for t in sorted(rows, key=lambda t: t.period)
            if t.period <= LAST
        }  # fmt: skip
        self.months = tuple(self.truth)
        self._registered = np.array(list(self.truth.values()))

    def ard(self, found: F64) -> float:
        """Return the averaged relative difference."""
        return float(np.abs(found - self._registered).sum() / self._registered.sum())

    def loss(self, found: F64) -> float:
        """Return the squared difference of square roots, per person registered."""
        return float((self.residuals(found) ** 2).sum())

    def residuals(self, found: F64) -> F64:
        """Return differences of square roots by month, scaled so that their squares sum to it."""
        gap = np.sqrt(found) - np.sqrt(self._registered)
        return np.asarray(gap / np.sqrt(self._registered.sum()))


def _scale(square: F64) -> F64:
    """Return the diagonal that damps a step; a knob without effect is held where it is."""
    return np.diag(np.maximum(np.diag(square), 1e-6 * np.diag(square).max() + 1e-12))


def values_of(point: Iterable[float]) -> dict[str, float]:
    """Return knob values at a point of the unit cube."""
    return {k.name: k.at(float(share)) for k, share in zip(KNOBS, point, strict=True)}


def sectors_of(border: str) -> tuple[str, ...]:
    """Return the sectors of a border whose officers are solved from a share."""
    found = load(SCENARIO).sectors
    return tuple(s.id for s in found if s.border == border and s.stopped_share)


def settings(values: Mapping[str, float]) -> list[str]:
    """Return the ``--set`` texts that run a candidate."""
    texts = []
    for knob in KNOBS:
        value = f"{values[knob.name]:.6g}{knob.unit}"
        paths = [knob.path] if knob.path else [
            f"sectors.{name}.stopped_share" for name in sectors_of(knob.border)
        ]  # fmt: skip
        texts += [f"{path}={value}" for path in paths]
    return texts


def observed(job: tuple[list[str], int]) -> list[float] | str:
    """Run a candidate on parties and return observed persons by month, or why it was refused."""
    from sim.model import BorderModel

    sets, seed = job
    try:
        scenario = load(SCENARIO, sets=[*sets, f"until={UNTIL}"])
        rows = BorderModel(scenario, seed).run().columns("observed")
    except CrossborderError as refused:
        return str(refused)
    mine = rows["series"] == SERIES
    order = np.argsort(rows["month"][mine].astype(str))
    return [float(x) for x in rows["persons"][mine][order]]


class Record:
    """Every candidate tried, one row each: stage, knobs, loss, ARD, seeds run on parties."""

    def __init__(self, path: Path) -> None:
        self.path = path
        new = not path.exists()
        self._file = path.open("a", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        if new:
            self._writer.writerow(["stage", *(k.name for k in KNOBS), "loss", "ard", "seeds"])

    def add(
        self, stage: str, values: Mapping[str, float], loss: float, ard: float, seeds: int = 0
    ) -> None:
        """Append a candidate."""
        numbers = [f"{values[k.name]:.5g}" for k in KNOBS]
        self._writer.writerow([stage, *numbers, f"{loss:.4f}", f"{ard:.3f}", seeds])
        self._file.flush()


class FlowSearch:
    """Differential evolution on the flow version; remembers what it tried.

    Attributes:
        ratio: Parties over flow by month, what the flow is multiplied by.
        tried: (loss, point) of every candidate under the present ratio.
    """

    def __init__(self, target: Target, record: Record) -> None:
        self.target, self.record = target, record
        self.flow = Flow(load(SCENARIO, sets=[f"until={UNTIL}"]))
        self.sectors = {k.name: sectors_of(k.border) for k in KNOBS if k.border}
        self.ratio = np.ones(len(target.months))
        self.draws = Draws(2018)
        self.runs: dict[tuple[float, ...], F64] = {}
        self.stage = "flow"

    def months(self, point: F64) -> F64 | None:
        """Return persons observed by month in the flow version, None where it is refused."""
        key = tuple(point.tolist())
        if key not in self.runs:
            knobs: dict[str, float] = {}
            for name, value in values_of(point).items():
                for sector in self.sectors.get(name, ()):
                    knobs[f"sector:{sector}"] = value
                if name not in self.sectors:
                    knobs[name] = value
            try:
                found = self.flow.run(knobs).observed[SERIES]
            except CrossborderError:
                return None
            self.runs[key] = found
        return self.runs[key]

    def __call__(self, point: F64) -> float:
        """Return the loss of a point under the present ratio, and record it."""
        found = self.months(point)
        if found is None:
            self.record.add(self.stage, values_of(point), REFUSED, REFUSED)
            return REFUSED
        found = found * self.ratio
        loss = self.target.loss(found)
        self.record.add(self.stage, values_of(point), loss, self.target.ard(found))
        return loss

    def residuals(self, point: F64) -> F64 | None:
        """Return differences of square roots by month, so that their squares sum to the loss."""
        found = self.months(point)
        if found is None:
            self.record.add(self.stage, values_of(point), REFUSED, REFUSED)
            return None
        found = found * self.ratio
        self.record.add(
            self.stage, values_of(point), self.target.loss(found), self.target.ard(found)
        )
        return self.target.residuals(found)

    def climb(self, point: F64, turns: int, until: float = 1e-3) -> tuple[float, F64]:
        """Return loss and point of a Levenberg-Marquardt search inside the unit cube.

        Moré 1978; derivatives by differences of ``_STEP`` of each range, pointing inwards. It
        ends after ``turns`` or when a turn gains less than the share ``until``.
        """
        here = self.residuals(point)
        if here is None:
            return REFUSED, point
        damping = 0.1
        for _ in range(turns):
            slopes = np.zeros((len(here), len(point)))
            for d, at in enumerate(point):
                step = -_STEP if at > 0.5 else _STEP
                moved = point.copy()
                moved[d] += step
                there = self.residuals(moved)
                if there is not None:
                    slopes[:, d] = (there - here) / step
            square, lean = slopes.T @ slopes, slopes.T @ here
            before = float(here @ here)
            for _ in range(5):
                move = np.linalg.solve(square + damping * _scale(square), -lean)
                moved = np.clip(point + np.clip(move, -0.25, 0.25), 0.0, 1.0)
                there = self.residuals(moved)
                if there is not None and there @ there < before:
                    point, here, damping = moved, there, damping / 5.0
                    break
                damping *= 4.0
            else:
                break
            if float(here @ here) > (1.0 - until) * before:
                break
        return float(here @ here), point

    def first(self, start: int, size: int) -> F64:
        """Return the first points of a start, one in each of ``size`` slices of an axis."""
        points = np.zeros((size, len(KNOBS)))
        for d in range(len(KNOBS)):
            order = np.argsort(self.draws.keyed("fit order", start, d, np.arange(size)))
            jitter = self.draws.keyed("fit jitter", start, d, np.arange(size))
            points[:, d] = (order + jitter) / size
        return points


class Parties:
    """Runs candidates on parties, in processes."""

    def __init__(self, workers: int, target: Target) -> None:
        self.target = target
        self.pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))

    def run(self, sets: Sequence[str], seeds: int) -> list[F64]:
        """Return observed persons by month for seeds 1 to ``seeds``; none if refused."""
        jobs = [(list(sets), seed) for seed in range(1, seeds + 1)]
        found = list(self.pool.map(observed, jobs))
        return [np.array(f) for f in found if not isinstance(f, str)]


def search(options: argparse.Namespace) -> None:
    """Search, correct, confirm; see the module."""
    target, record = Target(), Record(options.record)
    parties = Parties(options.workers, target)
    flow = FlowSearch(target, record)
    groups = []
    for start in range(options.starts):
        groups.append(flow.evolve(start, flow.first(start, options.people), options.budget))
        _tell(f"start {start}", groups[-1])
    people = np.concatenate([g[0] for g in groups])
    losses = np.concatenate([g[1] for g in groups])
    for turn in range(options.corrections):
        best = people[np.argmin(losses)]
        runs = parties.run(settings(values_of(best)), options.seeds)
        mean = np.mean(runs, axis=0)
        flow.ratio = mean / np.asarray(flow.months(best))
        flow.stage = f"corrected {turn + 1}"
        record.add("parties", values_of(best), float(np.mean([target.loss(r) for r in runs])),
                   median(target.ard(r) for r in runs), options.seeds)  # fmt: skip
        print(f"parties at the best: ARD {median(target.ard(r) for r in runs):.3f}, ratio",
              flow.ratio.round(2).tolist(), flush=True)  # fmt: skip
        keep = np.argsort([flow(x) for x in people])[: options.people]
        people, losses = flow.evolve(100 + turn, people[keep].copy(), options.budget // 2)
        _tell(flow.stage, (people, losses))
    chosen = spread(list(flow.runs.items()), flow, options.confirm)
    accepted = confirm(chosen, parties, record, options.seeds)
    print(f"{len(accepted)} of {len(chosen)} candidates accepted", flush=True)
    identified(accepted)
    if options.write:
        write(accepted, options.seeds)


def _tell(name: str, group: tuple[F64, F64]) -> None:
    best = values_of(group[0][np.argmin(group[1])])
    shown = " ".join(f"{k} {v:.4g}" for k, v in best.items())
    print(f"{time.strftime('%H:%M:%S')} {name}: loss {group[1].min():.4f} {shown}", flush=True)


def spread(
    runs: Sequence[tuple[tuple[float, ...], F64]], flow: FlowSearch, count: int
) -> list[F64]:
    """Return candidates of at most 1.5 times the least loss: the best, then far from others."""
    losses = np.array([flow.target.loss(found * flow.ratio) for _, found in runs])
    ards = np.array([flow.target.ard(found * flow.ratio) for _, found in runs])
    points = np.array([point for point, _ in runs])
    near = np.flatnonzero(losses <= 1.5 * losses.min())
    chosen = [int(near[np.argmin(losses[near])])]
    away = np.full(len(near), np.inf)
    while len(chosen) < min(count, len(near)):
        away = np.minimum(away, np.abs(points[near] - points[chosen[-1]]).max(axis=1))
        # Every other one has the least ARD of what is left at some distance.
        if len(chosen) % 2:
            far = away > 0.5 * np.median(away)
            next_ = near[np.argmin(np.where(far, ards[near], np.inf))]
        else:
            next_ = near[np.argmax(away)]
        chosen.append(int(next_))
    return [points[i] for i in chosen]


def confirm(
    points: Sequence[F64], parties: Parties, record: Record, seeds: int
) -> list[tuple[float, dict[str, float]]]:
    """Return (median ARD, values) of the candidates that parties accept, best first."""
    found = []
    for point in points:
        values = values_of(point)
        runs = parties.run(settings(values), seeds)
        if not runs:
            continue
        ard = median(parties.target.ard(r) for r in runs)
        loss = float(np.mean([parties.target.loss(r) for r in runs]))
        record.add("parties", values, loss, ard, seeds)
        print(f"parties: ARD {ard:.3f} loss {loss:.4f} "
              + " ".join(f"{v:.4g}" for v in values.values()), flush=True)  # fmt: skip
        found.append((ard, values))
    return sorted((f for f in found if f[0] <= ACCEPTED_ARD), key=lambda f: f[0])


def identified(accepted: Sequence[tuple[float, Mapping[str, float]]]) -> None:
    """Print the range of each number over the accepted sets, and how they hang together."""
    if len(accepted) < 3:
        return
    table = np.array([[values[k.name] for k in KNOBS] for _, values in accepted])
    for knob, column in zip(KNOBS, table.T, strict=True):
        part = (column.max() - column.min()) / (knob.high - knob.low)
        print(f"{knob.name:16s} {column.min():8.4g} to {column.max():8.4g}, "
              f"{part:4.0%} of the range searched")  # fmt: skip
    print("correlations over the accepted sets:")
    for knob, row in zip(KNOBS, np.corrcoef(table.T), strict=True):
        print(f"{knob.name:16s} " + " ".join(f"{c:6.2f}" for c in row))


def write(accepted: Sequence[tuple[float, Mapping[str, float]]], seeds: int) -> None:
    """Write the accepted sets as the table the pack reads (ensembles draw a whole set)."""
    path = shipped_folder() / "western_balkans" / "fitted_sets.csv"
    sectors = {k.name: sectors_of(k.border) for k in KNOBS if k.border}
    named = [k.path for k in KNOBS if k.path]
    named += [f"stopped_share.{s}" for k in KNOBS for s in sectors.get(k.name, ())]
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write("# Accepted sets of the fit, best first: an ensemble draws a whole set "
                   "(python -m tests.studies fit --write).\n")  # fmt: skip
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", *named, "misfit", "source", "status"])
        for number, (ard, values) in enumerate(accepted, 1):
            row = [f"{values[k.name]:.5g}" for k in KNOBS if k.path]
            row += [f"{values[k.name]:.4g}" for k in KNOBS for _ in sectors.get(k.name, ())]
            source = (
                f"derived: search on months to June 2018, misfit = median ARD of {seeds} seeds "
                f"(tests/studies/fit.py)"
            )
            writer.writerow([f"set_{number:02d}", *row, f"{ard:.3f}", source, "estimated"])
    print(f"{path}: {len(accepted)} sets")


def score(seeds: int, workers: int, sets: Sequence[str] = ()) -> dict[str, float]:
    """Score the scenario as it stands: median ARD and median monthly ratio over seeds."""
    target = Target()
    runs = Parties(workers, target).run(sets, seeds)
    ards = [target.ard(run) for run in runs]
    middle = np.median(runs, axis=0)
    print("month    registered   observed (median of seeds)")
    for month, registered, found in zip(target.months, target.truth.values(), middle, strict=True):
        print(f"{month}  {registered:10.0f}  {found:10.0f}")
    ratios = middle / np.array(list(target.truth.values()))
    growth = [run[12:].sum() / run[:6].sum() for run in runs]
    result = {
        "seeds": seeds,
        "ard_median": median(ards),
        "ard_low": min(ards),
        "ard_high": max(ards),
        "ratio_median": float(np.median(ratios)),
        "growth_median": float(median(growth)),
        "growth_low": float(min(growth)),
        "growth_high": float(max(growth)),
    }
    print(json.dumps({k: round(v, 3) for k, v in result.items()}, indent=1))
    return result


def main(argv: list[str]) -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.studies fit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add: Any = parser.add_argument
    add("--score", action="store_true", help="score the scenario as it stands")
    add("--seeds", type=int, default=8, help="seeds of a candidate on parties (score: 8)")
    add("--workers", type=int, default=2, help="processes for parties")
    add("--starts", type=int, default=4, help="independent starts of the flow search")
    add("--people", type=int, default=30, help="candidates kept by a start")
    add("--budget", type=int, default=1500, help="candidates tried by a start")
    add("--corrections", type=int, default=2, help="times the flow is set right by parties")
    add("--confirm", type=int, default=28, help="candidates run on parties at the end")
    add("--record", type=Path, default=RECORD, help="file every candidate is appended to")
    add("--write", action="store_true", help="write the accepted sets beside the pack")
    add("--set", action="append", default=[], dest="sets", help="with --score: change a value")
    options = parser.parse_args(argv)
    if options.score:
        score(options.seeds, options.workers, options.sets)
    else:
        search(options)
