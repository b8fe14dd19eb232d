"""Smuggling networks: revenue and prices."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures import network_prices, network_revenue
from analysis.figures.style import new_figure, number
from analysis.page import Section, count, paragraph, table
from analysis.reading import Reading
from analysis.sections.months import band_words, by_month, means_by_month


def networks(reading: Reading) -> Section:
    """Return the section on networks."""
    title = "Smuggling networks: revenue and prices"
    if reading.switches.get("smugglers") == "off":
        return Section(
            "networks",
            title,
            paragraph(
                "Smuggling networks were switched off (switches.smugglers: off): everybody went "
                "alone, and this run says nothing on revenue or prices."
            ),
        )
    months, frame = reading.networks, reading.table("networks")
    if months is None or frame is None:
        return Section("networks", title, paragraph("No network offered a service in this run."))
    names = reading.names("network")
    figure, ax = new_figure()
    network_revenue(ax, months, reading.months, names)
    revenue = figure_html(
        figure,
        "revenue",
        "Revenue by network",
        f"Money taken from travellers by month (true). {band_words(reading.runs)}",
        by_month(
            "Revenue by network and month; EUR", months, "network", "revenue", reading.months, names
        ),
    )
    figure, ax = new_figure()
    network_prices(ax, months, reading.months, names)
    prices = figure_html(
        figure,
        "prices",
        "Mean price by network",
        "Price of passage on a leg, weighted by persons carried; a month in which nobody was "
        "carried has no price.",
        means_by_month(
            "Mean price by network and month; EUR per person",
            months,
            "network",
            "price",
            reading.months,
            names,
            0,
        ),
    )
    return Section(
        "networks",
        title,
        "".join(
            (
                paragraph(network_words(months, reading.months)),
                revenue,
                prices,
                _table(frame, names, reading.runs),
            )
        ),
    )


def network_words(months: pd.DataFrame, order: list[str]) -> str:
    """Return revenue and the move of prices as sentences."""
    revenue = float(months.groupby("replicate")["revenue"].sum().median())
    carried = float(months.groupby("replicate")["carried"].sum().median())
    words = (
        f"Networks took EUR {number(revenue)} in the whole run and carried persons "
        f"{number(carried)} times (a person counts on every leg)"
    )
    quarter = max(len(order) // 4, 1)
    first, last = (_price(months, part) for part in (order[:quarter], order[-quarter:]))
    if first is None or last is None:
        return f"{words}."
    return (
        f"{words}. The mean price of a leg was EUR {number(first)} per person in the first "
        f"{_span(quarter)} and EUR {number(last)} in the last {_span(quarter)}."
    )


def _span(months: int) -> str:
    return "month" if months == 1 else f"{months} months"


def _price(months: pd.DataFrame, chosen: list[str]) -> float | None:
    own = months[months["month"].isin(chosen) & months["price"].notna()]
    carried = float(own["carried"].sum())
    return float((own["price"] * own["carried"]).sum()) / carried if carried > 0 else None


def _table(frame: pd.DataFrame, label: Mapping[str, str], runs: int) -> str:
    of = "" if runs == 1 else ", first run of the ensemble"
    columns = ["carried", "turned_away", "intercepted", "revenue", "profit"]
    sums = frame.groupby("network")[columns].sum()
    rows = [
        [label.get(str(n), str(n)), *(count(float(r[c])) for c in columns)]
        for n, r in sums.iterrows()
    ]
    return table(
        f"Networks in the whole run{of}",
        [
            "network",
            "carried, persons x legs",
            "turned away, persons",
            "carried and stopped, persons",
            "revenue, EUR",
            "profit, EUR",
        ],
        rows,
    )
