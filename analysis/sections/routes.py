"""Route shares and flows at each screenline, and how whole journeys read."""

from __future__ import annotations

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures import flows_through_time, route_shares
from analysis.figures.style import new_figure, number
from analysis.naming import READINGS
from analysis.outcomes import bands, rows_of, totals
from analysis.page import Section, count, paragraph, percent, table
from analysis.reading import Reading
from analysis.sections.months import band_words, by_month


def routes(reading: Reading) -> Section:
    """Return the section on where people went."""
    crossings = reading.table("screenlines")
    parts = []
    if crossings is None:
        parts.append(paragraph("Nobody crossed a screenline in this run."))
    else:
        for line in reading.scenario.get("screenlines") or ():
            parts.append(_screenline(reading, crossings, line))
    parts.append(_readings(reading))
    return Section("routes", "Route shares and flows through time", "".join(parts))


def _screenline(reading: Reading, crossings: pd.DataFrame, line: dict[str, object]) -> str:
    name = str(line.get("name") or line["id"])
    own = crossings[crossings["screenline"] == line["id"]]
    if own.empty or own["persons"].sum() == 0:
        return paragraph(f"{name}: nobody who arrived during the run crossed this screenline.")
    labels = line.get("labels")
    order = list(dict.fromkeys(labels.values())) if isinstance(labels, dict) else []
    safe = str(line["id"])
    whole = totals(own, "persons")
    stock = totals(own, "stock_persons")
    note = (
        f"{number(whole.median)} persons of arrivals crossed in the whole run (true). Those "
        f"present at the start are kept apart: {number(stock.median)} of them crossed too, "
        "and they are not in the shares."
    )
    data = by_month(
        f"{name}: persons crossing for the first time, by month",
        own,
        "label",
        "persons",
        reading.months,
        {},
    )
    figure, ax = new_figure()
    route_shares(ax, own, reading.months, order)
    shares = figure_html(
        figure,
        f"shares_{safe}",
        f"{name}: shares by border",
        "Share of persons of arrivals who cross outward for the first time, by month (true).",
        _share_table(name, own),
    )
    figure, ax = new_figure()
    flows_through_time(ax, own, reading.months, order)
    flows = figure_html(
        figure,
        f"flows_{safe}",
        f"{name}: persons by month",
        f"Persons of arrivals who cross outward for the first time (true). "
        f"{band_words(reading.runs)}",
        data,
    )
    return f"<h3>{name}</h3>{paragraph(note)}{shares}{flows}"


def _share_table(name: str, own: pd.DataFrame) -> str:
    summary = bands(own, ["label"], "persons").sort_values("median", ascending=False)
    whole = float(summary["median"].sum())
    rows = [
        [str(r.label), count(r.median), percent(r.median / whole if whole else None, 1)]
        for r in rows_of(summary)
    ]
    return table(
        f"{name}: persons crossing for the first time, whole run",
        ["label", "persons", "share"],
        rows,
    )


def _readings(reading: Reading) -> str:
    journeys = reading.table("journeys")
    if journeys is None:
        return ""
    arrivals = journeys[~journeys["stock"].astype(bool)]
    sums = arrivals.groupby("reading")["persons"].sum()
    stock = journeys[journeys["stock"].astype(bool)].groupby("reading")["persons"].sum()
    whole = float(sums.sum())
    if whole == 0 or not set(journeys["reading"]) - {"other"}:
        return ""
    rows = [
        [
            words,
            count(float(sums.get(r, 0))),
            percent(float(sums.get(r, 0)) / whole, 1),
            count(float(stock.get(r, 0))),
        ]
        for r, words in READINGS.items()
    ]
    of = "" if reading.runs == 1 else ", first run of the ensemble"
    return table(
        f"How whole journeys read: persons who crossed a border (true{of})",
        ["way", "persons of arrivals", "share", "present at the start"],
        rows,
    )
