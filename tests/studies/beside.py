"""`adriatic_shift` side by side with what is known of officers, journeys, prices and stops.

``python -m tests.studies beside [--seed 1] [--until DATE]`` prints four tables: officers implied
by a stated share beside the establishment; journeys, prices and stops of a run beside figures of
the literature; the share of rows of each table of the pack that is measured, estimated, assumed.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from collections.abc import Iterator
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


def beside(model: dict[str, float]) -> Iterator[list[str]]:
    """Yield a row a figure of the literature, then what has none."""
    told = set()
    for row in rows_of(shipped_folder() / PACK / "literature.csv"):
        found = model.get(row["quantity"], float("nan"))
        told.add(row["quantity"])
        low, high = (float(row[k] or row["value"]) for k in ("low", "high"))
        span = row["value"] if low == high else f"{row['low']} to {row['high']}"
        word = "no figure in the model" if np.isnan(found) else (
            "within" if low <= found <= high else f"{found / float(row['value']):.2g} times"
        )  # fmt: skip
        shown = "" if np.isnan(found) else f"{found:,.3g}"
        yield [row["quantity"], row["when"], span, row["unit"], shown, word]
    for name, value in model.items():
        if name not in told:
            yield [name, "", "none found", "", f"{value:,.3g}", ""]


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
    """Run the scenario once and print the tables."""
    from sim.model import BorderModel

    parser = argparse.ArgumentParser(prog="python -m tests.studies beside", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until", default="", help="end sooner, e.g. 2018-07-01")
    options = parser.parse_args(argv)
    sets = [f"until={options.until}"] if options.until else []
    scenario = load(SCENARIO, sets=sets)
    model = BorderModel(scenario, options.seed)
    show("Officers of a sector beside its establishment",
         ["sector", "country", "share stopped", "officers", "establishment"],
         officers(scenario, model.world.solved_officers))  # fmt: skip
    show("Rows of the pack by status", ["table", "rows", "measured", "estimated", "assumed"],
         statuses())  # fmt: skip
    recorder = model.run()
    show(f"Figures of the literature beside seed {options.seed}",
         ["quantity", "when", "figure", "unit", "model", "misfit"],
         beside(model_values(recorder)))  # fmt: skip
