"""The fit of `adriatic_shift` to registered arrivals in Bosnia and Herzegovina, to June 2018.

``python -m tests.studies fit`` searches, ``fit --score`` scores the scenario as it stands, and
``fit --write`` searches, then writes the accepted sets beside the pack and the one that the parties
confirm best into it. ``fit --apply FILE`` writes sets already found: FILE is a record (its last
block of rows at stage ``accepted``) or a CSV with a column a number and ``ard``; ``--values
"mu=2.07 u_stay=-38.5 win=0.72 kappa=20 stopped_srb_hrv=0.74 stopped_grc_alb=0.38"`` says which of
the sets the pack is to stand at, else the first.

Six numbers are searched: mu, u_stay, win (season_win), kappa and the stopped shares of Serbia -
Croatia and Greece - Albania. Only months to June 2018 are read. The stages:

1. *flow*: Levenberg-Marquardt from where the scenario stands and from spread starts, on the flow
   version (``_flow``: expected numbers, 0.2 s a run). The loss is the squared difference of
   square roots of monthly counts (a log loss would let the 5-77 persons of early 2017 rule).
2. *corrected*: the best is run on parties; flow times the ratio of parties (mean of seeds) to flow
   by month is searched again for the least ARD, twice. So the parties decide, and the flow only
   says which way to go.
3. *accepted*: candidates whose corrected ARD is within ``ACCEPTED_ARD``, drawn around
   the best from the linearised fit; the first of them are run on parties.

``kappa`` is searched up to 24: beyond, one party that gets through doubles awareness and the
take-off is luck, which a flow of expected numbers does not see. Every candidate of every stage is
appended to the record file, so that nothing of the search is lost or chosen by hand.

ARD = sum over months of |observed - registered| / sum of registered.

Time, one core of 2 (AMD EPYC): 6 starts of about 60 candidates 90 s, a correction 100 s (8 seeds
of 9 s, then 60 candidates), 78 points around the best 25 s: 5 to 7 minutes on a quiet machine.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
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
PACK = shipped_folder() / "western_balkans"
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

    def share(self, value: float) -> float:
        """Return the share of the range at which a value lies, cut at its ends."""
        part = (value - self.low) / (self.high - self.low)
        if self.log:
            part = float(np.log(value / self.low) / np.log(self.high / self.low))
        return min(max(part, 0.0), 1.0)


KNOBS = (
    Knob("mu", 1.3, 2.8, " d", "parameters.mu"),
    Knob("u_stay", -75.0, -22.0, " d", "parameters.u_stay"),
    Knob("win", 0.2, 0.9, "", "parameters.season_win"),
    Knob("kappa", 1.0, 24.0, "", "parameters.kappa", log=True),
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


class ByDifference(Target):
    """The target whose residuals' squares sum to about ARD instead of the loss."""

    def residuals(self, found: F64) -> F64:
        """Return differences by month over the root of their own size (reweighted squares)."""
        gap = found - self._registered
        return np.asarray(gap / (gap**2 + 100.0) ** 0.25 / np.sqrt(self._registered.sum()))


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
        if not path.exists():
            self._append(["stage", *(k.name for k in KNOBS), "loss", "ard", "seeds"])

    def add(
        self, stage: str, values: Mapping[str, float], loss: float, ard: float, seeds: int = 0
    ) -> None:
        """Append a candidate."""
        numbers = [f"{values[k.name]:.5g}" for k in KNOBS]
        self._append([stage, *numbers, f"{loss:.4f}", f"{ard:.3f}", seeds])

    def _append(self, cells: Sequence[object]) -> None:
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow(cells)


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
            slopes = self.slopes(point, here)
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

    def slopes(self, point: F64, here: F64) -> F64:
        """Return the residuals' derivatives by differences, shape (months, knobs)."""
        slopes = np.zeros((len(here), len(point)))
        for d, at in enumerate(point):
            step = -_STEP if at > 0.5 else _STEP
            moved = point.copy()
            moved[d] += step
            there = self.residuals(moved)
            if there is not None:
                slopes[:, d] = (there - here) / step
        return slopes

    def cloud(self, point: F64, count: int) -> list[F64]:
        """Return keyed points around the best, far where the residuals hardly change.

        Normal, with the covariance of the linearised fit, s^2 (J'J)^-1, s^2 = r'r / (months -
        knobs), and at most a quarter of a range in any direction.
        """
        here = self.residuals(point)
        assert here is not None
        slopes = self.slopes(point, here)
        noise = float(here @ here) / (len(here) - len(point))
        values, vectors = np.linalg.eigh(slopes.T @ slopes)
        width = np.sqrt(noise / np.maximum(values, 1e-12))
        found = []
        for number in range(count):
            u = self.draws.keyed("fit cloud", number, np.arange(2 * len(point)))
            z = np.sqrt(-2 * np.log1p(-u[::2])) * np.cos(2 * np.pi * u[1::2])
            found.append(np.clip(point + vectors @ (np.minimum(width, 0.25) * z), 0.0, 1.0))
        return found

    def first(self, count: int) -> F64:
        """Return starts, one in each of ``count`` slices of every axis."""
        points = np.zeros((count, len(KNOBS)))
        for d in range(len(KNOBS)):
            order = np.argsort(self.draws.keyed("fit order", d, np.arange(count)))
            points[:, d] = (order + self.draws.keyed("fit jitter", d, np.arange(count))) / count
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
    """Search, correct, accept, confirm; see the module."""
    target, record = Target(), Record(options.record)
    parties = Parties(options.workers, target)
    flow = FlowSearch(target, record)
    points = [standing(), *flow.first(options.starts)]
    best = min((flow.climb(point, options.turns) for point in points), key=lambda r: r[0])[1]
    _tell("flow", best, flow)
    for turn in range(options.corrections):
        runs = parties.run(settings(values_of(best)), options.seeds)
        found = flow.months(best)
        if not runs or found is None:
            raise SystemExit("the best candidate of the flow version is refused by the parties")
        ards = [target.ard(r) for r in runs]
        record.add("parties", values_of(best), float(np.mean([target.loss(r) for r in runs])),
                   median(ards), options.seeds)  # fmt: skip
        flow.ratio = smooth(np.mean(runs, axis=0) / found)
        flow.stage = f"corrected {turn + 1}"
        print(f"parties at the best: ARD {median(ards):.3f} ({min(ards):.3f} to {max(ards):.3f}), "
              f"over flow {flow.ratio.round(2).tolist()}", flush=True)  # fmt: skip
        flow.target = ByDifference()
        best = flow.climb(best, options.turns)[1]
        _tell(flow.stage, best, flow)
    accepted = accept(flow, [best, *flow.cloud(best, options.around)], options.sets_kept)
    confirmed: list[tuple[float, dict[str, float]]] = []
    for ard, values in accepted[: options.confirm]:
        runs = parties.run(settings(values), options.seeds)
        if not runs:
            print(f"refused by the parties: flow {ard:.3f}", values, flush=True)
            continue
        ards = [target.ard(r) for r in runs]
        confirmed.append((median(ards), values))
        record.add("parties", values, float(np.mean([target.loss(r) for r in runs])),
                   median(ards), options.seeds)  # fmt: skip
        print(f"confirmed: flow {ard:.3f}, parties {median(ards):.3f}", values, flush=True)
    print(f"{len(accepted)} sets accepted")
    identified(accepted)
    for ard, values in accepted:
        record.add("accepted", values, float("nan"), ard)
    if options.write:
        if not accepted:
            raise SystemExit(f"no set has an ARD of {ACCEPTED_ARD} or less: nothing is written")
        chosen = min(confirmed or accepted, key=lambda found: found[0])[1]
        write(accepted, chosen, options.seeds, options.pack)


def standing() -> F64:
    """Return the point of the unit cube at which the scenario stands."""
    scenario = load(SCENARIO)
    shares = {s.id: s.stopped_share.value for s in scenario.sectors if s.stopped_share}
    values = []
    for knob in KNOBS:
        if knob.path:
            values.append(scenario.parameter(knob.path.removeprefix("parameters.")))
        else:
            values.append(shares[sectors_of(knob.border)[0]])
    return np.array([k.share(v) for k, v in zip(KNOBS, values, strict=True)])


def _tell(name: str, point: F64, flow: FlowSearch) -> None:
    found = flow.months(point)
    assert found is not None
    found = found * flow.ratio
    shown = " ".join(f"{k} {v:.4g}" for k, v in values_of(point).items())
    print(f"{time.strftime('%H:%M:%S')} {name}: loss {Target.loss(flow.target, found):.4f} "
          f"ARD {flow.target.ard(found):.3f} {shown}", flush=True)  # fmt: skip


def smooth(ratio: F64) -> F64:
    """Return a ratio by month averaged with its neighbours: parties are few in early months."""
    around = np.pad(np.log(ratio), 1, mode="edge")
    return np.asarray(np.exp(np.convolve(around, [0.25, 0.5, 0.25], "valid")))


def accept(
    flow: FlowSearch, points: Sequence[F64], count: int
) -> list[tuple[float, dict[str, float]]]:
    """Return (ARD, values) of the points within ``ACCEPTED_ARD``, best first.

    ARD is that of the flow version times what parties make of it.
    """
    found = []
    for point in points:
        if flow.residuals(point) is None:
            continue
        months = flow.months(point)
        assert months is not None
        ard = flow.target.ard(months * flow.ratio)
        if ard <= ACCEPTED_ARD:
            found.append((ard, values_of(point)))
    return sorted(found, key=lambda f: f[0])[:count]


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


def read_sets(file: Path) -> list[tuple[float, dict[str, float]]]:
    """Return (ARD, values) of the sets in a file, best first.

    Raises:
        SystemExit: A column or a number is lacking, or no row is an accepted set.
    """
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    if rows and "stage" in rows[0]:
        block: list[dict[str, Any]] = []
        for before, row in zip([None, *rows], rows, strict=False):
            if row["stage"] == "accepted":
                begins = before is None or before["stage"] != "accepted"
                block = [row] if begins else [*block, row]
        rows = block
    if not rows:
        raise SystemExit(f"{file}: no accepted set; a row needs stage `accepted`")
    try:
        sets = [(float(r["ard"]), {k.name: float(r[k.name]) for k in KNOBS}) for r in rows]
    except (KeyError, TypeError, ValueError) as error:
        names = ", ".join(k.name for k in KNOBS)
        raise SystemExit(f"{file}: {error}; every row needs numbers {names} and ard") from None
    return sorted(sets, key=lambda found: found[0])


def chosen_of(
    text: str, accepted: Sequence[tuple[float, Mapping[str, float]]]
) -> Mapping[str, float]:
    """Return the accepted set that a text names, ``mu=2.07 u_stay=-38.5 ...``; "" the first.

    Raises:
        SystemExit: The text is no such list, or no set lies within 0.1 % of it.
    """
    if not text:
        return accepted[0][1]
    try:
        asked = {k: float(v) for k, v in (part.split("=") for part in text.split())}
    except ValueError:
        raise SystemExit(f"--values {text!r}: write NAME=NUMBER, parted by blanks") from None
    names = [k.name for k in KNOBS]
    if sorted(asked) != sorted(names):
        raise SystemExit(f"--values: name each of {', '.join(names)} once")
    for _, values in accepted:
        if all(abs(asked[n] - values[n]) <= 1e-3 * abs(values[n]) for n in names):
            return values
    raise SystemExit("--values: none of the sets lies within 0.1 % of these; add it to the file")


def write(
    accepted: Sequence[tuple[float, Mapping[str, float]]],
    chosen: Mapping[str, float],
    seeds: int,
    pack: Path,
) -> None:
    """Write the accepted sets as a table of the pack, and one of them into the pack.

    All texts are made before the first file is written. Ranges are those of the accepted sets.

    Args:
        accepted: (ARD, values), best first (ensembles draw a whole set).
        chosen: The set the pack is to stand at.
        seeds: Seeds of parties behind the misfit.
        pack: Folder of the pack: ``western_balkans.yaml``, ``sectors.csv``, ``fitted_sets.csv``.
    """
    table = pack / "sectors.csv"
    document = pack / "western_balkans.yaml"
    text, rows = document.read_text(encoding="utf-8"), table.read_text(encoding="utf-8")
    for knob in KNOBS:
        spread = [shown(knob, values[knob.name]) for _, values in accepted]
        low, high = min(spread, key=float), max(spread, key=float)
        cells = (shown(knob, chosen[knob.name]), low, high)
        if knob.path:
            text = in_document(text, knob.path.removeprefix("parameters."), cells, knob.unit)
        else:
            rows = in_table(rows, sectors_of(knob.border), cells)
    whole = {
        pack / "fitted_sets.csv": sets_text(accepted, seeds), document: text, table: rows,
    }  # fmt: skip
    for path, content in whole.items():
        path.write_text(content, encoding="utf-8")
    print(f"{pack}: {len(accepted)} sets, stands at "
          + " ".join(f"{k.name}={shown(k, chosen[k.name])}" for k in KNOBS))  # fmt: skip


def shown(knob: Knob, value: float) -> str:
    """Return a fitted number as the pack writes it, the same in every file.

    >>> shown(KNOBS[0], 2.0724567), shown(KNOBS[4], 0.73954)
    ('2.0725', '0.7395')
    """
    return f"{value:.5g}" if knob.path else f"{value:.4g}"


def in_document(text: str, name: str, cells: tuple[str, str, str], unit: str) -> str:
    """Return the document with value, low and high of a parameter replaced.

    Raises:
        SystemExit: The parameter has no such lines.
    """
    for key, cell in zip(("value", "low", "high"), cells, strict=True):
        line = re.compile(rf"(^  {name}:\n(?:    .*\n)*?    {key}: )[^\n#]*", re.MULTILINE)
        text, times = line.subn(lambda m, c=cell: f"{m.group(1)}{c}{unit}", text)
        if times != 1:
            raise SystemExit(f"parameters.{name}: {times} lines `{key}:` where one is replaced")
    return text


def in_table(text: str, sectors: Sequence[str], cells: tuple[str, str, str]) -> str:
    """Return the table of sectors with stopped share, low and high of some replaced.

    Raises:
        SystemExit: A sector or a column is not there.
    """
    lines = text.splitlines(keepends=True)
    head = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    (names,) = csv.reader([lines[head]])
    columns = ("stopped_share [share]", "stopped_share.low", "stopped_share.high")
    if lacking := [c for c in columns if c not in names]:
        raise SystemExit(f"sectors.csv has no column {lacking[0]!r}")
    changed = set()
    for i, line in enumerate(lines[head + 1 :], head + 1):
        if line.split(",", 1)[0] in sectors:
            (row,) = csv.reader([line])
            for column, cell in zip(columns, cells, strict=True):
                row[names.index(column)] = cell
            stream = io.StringIO()
            csv.writer(stream, lineterminator="\n").writerow(row)
            lines[i] = stream.getvalue()
            changed.add(row[0])
    if lost := set(sectors) - changed:
        raise SystemExit(f"sectors.csv has no row {min(lost)!r}")
    return "".join(lines)


def sets_text(accepted: Sequence[tuple[float, Mapping[str, float]]], seeds: int) -> str:
    """Return the table of accepted sets as CSV text."""
    stream = io.StringIO()
    stream.write("# Accepted sets of the fit, best first: an ensemble draws a whole set "
                 "(python -m tests.studies fit --write).\n")  # fmt: skip
    writer = csv.writer(stream, lineterminator="\n")
    fields = [(k, k.path) for k in KNOBS if k.path]
    fields += [(k, f"stopped_share.{s}") for k in KNOBS if k.border for s in sectors_of(k.border)]
    writer.writerow(["id", *(name for _, name in fields), "misfit", "source", "status"])
    source = (
        "derived: search on months to June 2018; misfit = ARD of the flow version times "
        f"parties over flow at the best set, {seeds} seeds (tests/studies/fit.py)"
    )
    for number, (ard, values) in enumerate(accepted, 1):
        row = [shown(k, values[k.name]) for k, _ in fields]
        writer.writerow([f"set_{number:02d}", *row, f"{ard:.3f}", source, "estimated"])
    return stream.getvalue()


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
    add("--starts", type=int, default=6, help="spread starts beside where the scenario stands")
    add("--turns", type=int, default=8, help="turns of a climb")
    add("--corrections", type=int, default=2, help="times the flow is set right by parties")
    add("--around", type=int, default=78, help="points around the best that are tried for sets")
    add("--sets-kept", type=int, default=24, help="accepted sets kept")
    add("--confirm", type=int, default=2, help="accepted sets run on parties at the end")
    add("--record", type=Path, default=RECORD, help="file every candidate is appended to")
    add("--write", action="store_true", help="write the accepted sets, and the best, into the pack")
    add("--apply", type=Path, metavar="FILE", help="write the accepted sets of a file, no search")
    add("--values", default="", help="with --apply: the set the pack is to stand at")
    add("--pack", type=Path, default=PACK, help="folder of the pack that is written")
    add("--set", action="append", default=[], dest="sets", help="with --score: change a value")
    options = parser.parse_args(argv)
    if options.apply:
        accepted = read_sets(options.apply)
        identified(accepted)
        write(accepted, chosen_of(options.values, accepted), options.seeds, options.pack)
    elif options.score:
        score(options.seeds, options.workers, options.sets)
    else:
        search(options)
