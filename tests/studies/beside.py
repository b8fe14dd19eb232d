"""`adriatic_shift` side by side with what is known of officers, journeys, prices and stops.

``python -m tests.studies beside [--seeds N] [--workers W] [--until DATE]`` prints four tables:
officers implied by a stated share beside the establishment; the share of rows of each table of the
pack that is measured, estimated, assumed; journeys, prices and stops beside figures of the
literature; observed totals of 2017 beside registered ones, marked outside a factor of 2. Figures of
runs are medians over seeds 1 to N with their range.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from sim.records.recorder import Recorder
from sim.scenario.finding import shipped_folder
from sim.scenario.loading import load
from sim.scenario.specs.scenario import Scenario

SCENARIO = "adriatic_shift"
PACK = "western_balkans"
YEAR = "2017"
#: Factor beyond which an observed total is marked.
FACTOR = 2.0


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table of the pack, comments left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(x for x in lines if not x.startswith("#")))


def officers(scenario: Scenario, solved: dict[str, float]) -> Iterator[list[str]]:
    """Yield a row a sector: officers in the model, why, and the establishment."""
    for sector in scenario.sectors:
        stated = sum(q.value for q in sector.officers.values())
        if not stated and sector.id not in solved:
            continue
        share = f"{sector.stopped_share.value:.2f}" if sector.stopped_share else "stated"
        text = sector.note.partition(";")[0].removeprefix("establishment: ")
        yield [sector.id, sector.country, share, f"{solved.get(sector.id, stated):.0f}",
               text.partition(" (")[0]]  # fmt: skip


def journeys(recorder: Recorder) -> dict[str, float]:
    """Return attempts, days and money of parties that arrived, and how their stops fell."""
    c: dict[str, Any] = recorder.columns("journeys")
    there = (c["state"].astype(str) == "arrived") & ~c["stock"].astype(bool)
    persons = c["persons"][there].astype(float)
    days = (c["ended"][there] - c["entered"][there]) / 24.0
    mean = lambda x: float((x * persons).sum() / persons.sum())  # noqa: E731
    return {
        "attempts": mean(c["attempts"][there]),
        "days": mean(days),
        "days, median": float(np.median(np.repeat(days, persons.astype(int)))),
        "money": mean(c["spent"][there]),
        "persons": float(persons.sum()),
    }


def stops(recorder: Recorder) -> dict[str, float]:
    """Return shares of attempts at the green border that were stopped and intercepted."""
    c: dict[str, Any] = recorder.columns("sectors")
    total = {k: float(c[k].sum()) for k in ("tried", "aborted", "intercepted", "outside")}
    tried = total.pop("tried")
    found = {name: n / tried for name, n in total.items()}
    return {"stopped": sum(found.values()), **found}


def prices(recorder: Recorder, legs: tuple[str, ...]) -> tuple[float, float]:
    """Return the mean price of passage on some legs, EUR a person, and revenue a year."""
    c: dict[str, Any] = recorder.columns("networks")
    mine = np.isin(c["leg"].astype(str), legs)
    carried = c["carried"][mine].astype(float)
    years = (int(c["week"].max()) + 1) / 52.18
    price = float((c["price"][mine] * carried).sum() / carried.sum()) if carried.sum() else np.nan
    return price, float(c["revenue"][mine].sum()) / years


def model_values(recorder: Recorder) -> dict[str, float]:
    """Return the model's figure by quantity of ``literature.csv``."""
    way, stopped = journeys(recorder), stops(recorder)
    foot = (
        prices(recorder, ("kladusa_path", "bihac_path"))[0] + prices(recorder, ("kolpa_path",))[0]
    )
    wheels = prices(recorder, ("maljevac_lorry", "izacic_car"))[0]
    wheels += prices(recorder, ("obrezje_lorry",))[0]
    gates = ("gevgelija_path", "gevgelija_lorry", "kakavia_path", "kapshtica_path",
             "kapshtica_lorry", "medzitlija_path")  # fmt: skip
    una = ("bihac_path", "bihac_rijeka_path", "kladusa_path", "izacic_car", "maljevac_lorry")
    return {
        "stopped per attempt": stopped["stopped"],
        "intercepted per attempt": stopped["intercepted"],
        "attempts per arrival": way["attempts"],
        "days per journey": way["days"],
        "money per journey": way["money"],
        "price BIH-HRV-SVN on foot": foot,
        "price BIH-HRV-SVN by vehicle": wheels,
        "price SRB-HUN on foot": prices(recorder, ("horgos_path", "kelebija_path"))[0],
        "revenue out of Greece per year": prices(recorder, gates)[1],
        "revenue out of Bosnia and Herzegovina per year": prices(recorder, una)[1],
    }


def run(job: tuple[list[str], int]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the model's figures of one seed, and persons observed in ``YEAR`` by series."""
    from sim.model import BorderModel

    sets, seed = job
    recorder = BorderModel(load(SCENARIO, sets=sets), seed).run()
    return model_values(recorder), observed_in(recorder, YEAR)


def observed_in(recorder: Recorder, year: str) -> dict[str, float]:
    """Return persons observed in a year by series; none where the run does not hold it whole."""
    c: dict[str, Any] = recorder.columns("observed")
    months = c["month"].astype(str)
    if not {f"{year}-01", f"{year}-12"} <= set(months.tolist()):
        return {}
    inside = np.char.startswith(months, year)
    series = c["series"].astype(str)
    return {str(s): float(c["persons"][inside & (series == s)].sum()) for s in np.unique(series)}


def spread(values: Sequence[float], pattern: str = ",.3g") -> str:
    """Return the median and the range; one value alone has no range.

    >>> spread([3.0, 1.0, 2.0]), spread([2.0])
    ('2 (1 to 3)', '2')
    """
    known = [v for v in values if not np.isnan(v)]
    if not known:
        return ""
    middle = format(float(np.median(known)), pattern)
    if len(known) == 1:
        return middle
    return f"{middle} ({format(min(known), pattern)} to {format(max(known), pattern)})"


def yearly(runs: Sequence[dict[str, float]], registered: dict[str, float]) -> Iterator[list[str]]:
    """Yield a row a series: observed, registered, their ratio, a mark outside ``FACTOR``."""
    for series, figure in registered.items():
        found = [run[series] for run in runs if series in run]
        if not found:
            continue
        ratio = float(np.median(found)) / figure
        outside = not 1 / FACTOR <= ratio <= FACTOR
        yield [series, spread(found, ",.0f"), f"{figure:,.0f}",
               spread([f / figure for f in found], ".2f"),
               f"outside a factor of {FACTOR:g}" if outside else ""]  # fmt: skip


def registered_in(scenario: Scenario, year: str) -> dict[str, float]:
    """Return registered persons of a year by series, summed from months where all twelve are."""
    found: dict[str, float] = {}
    months: dict[str, list[float]] = {}
    for target in scenario.targets:
        if target.period == year:
            found[target.series] = target.persons.value
        elif len(target.period) == 7 and target.period.startswith(year):
            months.setdefault(target.series, []).append(target.persons.value)
    sums = {series: sum(own) for series, own in months.items() if len(own) == 12}
    return sums | found


def beside(runs: Sequence[dict[str, float]]) -> Iterator[list[str]]:
    """Yield a row a figure of the literature, then what has none."""
    told = set()
    names = {name: [run[name] for run in runs] for name in runs[0]}
    for row in rows_of(shipped_folder() / PACK / "literature.csv"):
        values = names.get(row["quantity"], [])
        known = [v for v in values if not np.isnan(v)]
        found = float(np.median(known)) if known else float("nan")
        told.add(row["quantity"])
        low, high = (float(row[k] or row["value"]) for k in ("low", "high"))
        span = row["value"] if low == high else f"{row['low']} to {row['high']}"
        word = "no figure in the model" if np.isnan(found) else (
            "within" if low <= found <= high else f"{found / float(row['value']):.2g} times"
        )  # fmt: skip
        yield [row["quantity"], row["when"], span, row["unit"], spread(values), word]
    for name, values in names.items():
        if name not in told:
            yield [name, "", "none found", "", spread(values), ""]


def statuses() -> Iterator[list[str]]:
    """Yield a row a table of the pack: rows, and the share of each status."""
    for path in sorted((shipped_folder() / PACK).glob("*.csv")):
        rows = rows_of(path)
        tally = Counter(r["status"] for r in rows)
        shares = [f"{tally[s] / len(rows):.0%}" for s in ("measured", "estimated", "assumed")]
        yield [path.stem, str(len(rows)), *shares]


def show(title: str, head: list[str], rows: Iterator[list[str]]) -> None:
    """Print a table as Markdown."""
    print(f"\n{title}\n\n| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def main(argv: list[str]) -> None:
    """Run the scenario once a seed and print the tables."""
    from sim.model import BorderModel

    parser = argparse.ArgumentParser(prog="python -m tests.studies beside", description=__doc__)
    parser.add_argument("--seeds", type=int, default=4, help="seeds run, from 1")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--until", default="", help="end sooner, e.g. 2018-07-01")
    options = parser.parse_args(argv)
    if options.seeds < 1 or options.workers < 1:
        parser.error("--seeds and --workers are at least 1")
    sets = [f"until={options.until}"] if options.until else []
    scenario = load(SCENARIO, sets=sets)
    model = BorderModel(scenario, 1)
    show("Officers of a sector beside its establishment",
         ["sector", "country", "share stopped", "officers", "establishment"],
         officers(scenario, model.world.solved_officers))  # fmt: skip
    show("Rows of the pack by status", ["table", "rows", "measured", "estimated", "assumed"],
         statuses())  # fmt: skip
    jobs = [(sets, seed) for seed in range(1, options.seeds + 1)]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        runs = list(pool.map(run, jobs))
    seeds = "seed 1" if options.seeds == 1 else f"seeds 1 to {options.seeds}, median (range)"
    show(f"Figures of the literature beside {seeds}",
         ["quantity", "when", "figure", "unit", "model", "misfit"],
         beside([values for values, _ in runs]))  # fmt: skip
    show(f"Observed in {YEAR} beside registered, {seeds}",
         ["series", "observed", "registered", "observed / registered", ""],
         yearly([totals for _, totals in runs], registered_in(scenario, YEAR)))  # fmt: skip
