"""The protection ledger by country."""

from __future__ import annotations

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures import protection_ledger
from analysis.figures.style import new_figure, number, share
from analysis.outcomes import ledger_table
from analysis.page import Section, count, details, items, paragraph, table
from analysis.reading import Reading
from sim.records.dictionary import LEDGER_ITEMS

#: Items that are harms in themselves, drawn apart.
HARMS = (
    "deaths", "injuries", "victims_missed", "false_identifications", "nights_without_place",
    "returned_outside_procedure", "returned_outside_children", "returned_outside_families",
    "returned_outside_wish",
)  # fmt: skip


def protection(reading: Reading) -> Section:
    """Return the section with the ledger."""
    title = "Protection ledger"
    frame = reading.table("ledger")
    if frame is None:
        return Section(
            "protection",
            title,
            paragraph(
                "No ledger was kept in this run: nothing is recorded on protection, which does not "
                "mean that nothing happened."
            ),
        )
    totals = ordered(ledger_table(frame))
    names = reading.names("item")
    parts = [items(ledger_words(totals["all"]))]
    if reading.switches.get("hazard") is False:
        parts.append(
            paragraph(
                "The hazard of the way was switched off (switches.hazard: off): this run says "
                "nothing on deaths and injuries."
            )
        )
    figure, ax = new_figure(9.0, 1.0 + 0.27 * len(totals), left=3.3, right=0.3, above=0.32)
    protection_ledger(ax, totals["all"], names, HARMS)
    data = table(
        "Ledger, whole run and all countries",
        ["item", "total", "unit"],
        [
            [names.get(str(i), str(i)), count(float(v)), _unit(str(i))]
            for i, v in totals["all"].items()
        ],
    )
    parts.append(
        figure_html(
            figure,
            "ledger",
            "Protection ledger, all countries",
            "Totals of the run (true). Diamonds are harms. The scale is logarithmic above 1; "
            '"not recorded" is not 0.',
            data,
        )
    )
    parts.append(_by_country(reading, totals))
    parts.append(_definitions(reading, totals))
    return Section("protection", title, "".join(parts))


def ordered(totals: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger's items in the order of the dictionary."""
    known = [i for i in LEDGER_ITEMS if i in totals.index]
    return totals.loc[[*known, *(i for i in totals.index if i not in LEDGER_ITEMS)]]


def ledger_words(whole: pd.Series[float]) -> list[str]:
    """Return what the ledger says as sentences; what was not recorded says so."""

    def of(item: str) -> float | None:
        value = float(whole.get(item, float("nan")))
        return None if value != value else value

    sentences = [
        f"Dead or missing on the way: {number(of('deaths'))}; injured: {number(of('injuries'))}."
    ]
    wishes, made = of("asylum_wishes"), of("claims_made")
    registered = of("claims_registered")
    if wishes is None:
        sentences.append("Wishes to claim asylum: not recorded.")
    else:
        words = (
            f"Of {number(wishes)} persons screened who wished to claim asylum, claims were "
            f"made by {number(made)} and registered in time for {number(registered)}"
        )
        if registered is not None and wishes > 0:
            words += f" ({share(registered / wishes)})"
        sentences.append(f"{words}.")
    outside = of("returned_outside_procedure")
    words = f"Returned outside procedure: {number(outside)} persons"
    if of("returned_outside_wish") is not None:
        words += (
            f", {number(of('returned_outside_wish'))} of whom wished to claim asylum and "
            f"{number(of('returned_outside_children'))} of whom were children"
        )
    sentences.append(f"{words}.")
    present, found = of("victims_present"), of("victims_identified")
    if present is not None:
        sentences.append(
            f"Of {number(present)} hidden victims of trafficking among the screened (true), "
            f"{number(found)} were identified; {number(of('false_identifications'))} parties were "
            "marked that held none."
        )
    children, referred = of("children_unaccompanied_stopped"), of("children_referred")
    if children is not None:
        sentences.append(
            f"Of {number(children)} unaccompanied children screened, "
            f"{number(referred)} were referred to child protection."
        )
    if of("nights_without_place") is not None:
        sentences.append(
            "Nights spent waiting without a reception place: "
            f"{number(of('nights_without_place'))} person-nights."
        )
    return sentences


def _unit(item: str) -> str:
    return LEDGER_ITEMS[item].unit if item in LEDGER_ITEMS else "see dictionary"


def _by_country(reading: Reading, totals: pd.DataFrame) -> str:
    names, codes = reading.names("item"), reading.names("country")
    columns = ["all", *(c for c in totals.columns if c != "all")]
    values = totals[columns].to_numpy(dtype=float).tolist()
    rows = [
        [names.get(str(i), str(i)), *map(count, row)]
        for i, row in zip(totals.index, values, strict=True)
    ]
    of = "" if reading.runs == 1 else f"; means of {reading.runs} runs"
    return table(
        f"Protection ledger by country, whole run (persons unless the item names a unit{of})",
        ["item", *(codes.get(str(c), str(c)) for c in columns)],
        rows,
        kind="wide",
    )


def _definitions(reading: Reading, totals: pd.DataFrame) -> str:
    names = reading.names("item")
    rows = [
        [names.get(str(i), str(i)), LEDGER_ITEMS[i].definition, LEDGER_ITEMS[i].unit, str(i)]
        for i in totals.index
        if i in LEDGER_ITEMS
    ]
    body = table("Items of the ledger", ["item", "definition", "unit", "name in tables"], rows)
    return details("What each item counts", body)
