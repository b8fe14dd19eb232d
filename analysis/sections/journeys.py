"""Journeys, and what travellers know and believe."""

from __future__ import annotations

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures import awareness, beliefs, journey_times
from analysis.figures.style import month_name, new_figure
from analysis.outcomes import journey_days, month_of_day, weighted_quantiles
from analysis.page import Section, count, paragraph, table
from analysis.reading import Reading, reading_names


def journeys(reading: Reading) -> Section:
    """Return the section on journey times, awareness of routes and beliefs."""
    parts = [_times(reading), _knowledge(reading)]
    return Section("journeys", "Journeys, awareness and beliefs", "".join(parts))


def _times(reading: Reading) -> str:
    frame = reading.table("journeys")
    days = None if frame is None else journey_days(frame)
    if days is None or days.empty:
        return paragraph("No journey that began in this run reached an exit.")
    figure, ax = new_figure(
        9.0, 1.05 + 0.42 * days["reading"].nunique(), left=3.0, right=0.4, above=0.32
    )
    names = reading_names(days["reading"])
    journey_times(ax, days, names)
    rows = []
    for reading_name, own in days.groupby("reading"):
        quantiles = weighted_quantiles(own["days"], own["persons"], (0.05, 0.25, 0.5, 0.75, 0.95))
        rows.append(
            [
                names.get(str(reading_name), str(reading_name)),
                count(float(own["persons"].sum())),
                *(count(q, 1) for q in quantiles),
            ]
        )
    data = table(
        "Days from entry to arrival, by way taken",
        ["way", "persons", "5 %", "25 %", "median", "75 %", "95 %"],
        rows,
    )
    of = "" if reading.runs == 1 else " First run of the ensemble."
    return figure_html(
        figure,
        "journeys",
        "Time from entry to arrival",
        "Mark: median; thick: 25-75 %; thin: 5-95 % of persons (true). Only journeys that began "
        f"and ended within the run: long ones are under-represented.{of}",
        data,
    )


def _knowledge(reading: Reading) -> str:
    learning = reading.switches.get("learning", "both")
    frame = reading.table("knowledge")
    if frame is None:
        return paragraph(
            f"Nothing was learnt on the way in this run (switches.learning: "
            f"{learning}): awareness and beliefs are not shown."
        )
    routes = frame[frame["subject"].str.startswith("route:")]
    legs = frame[frame["subject"].str.startswith("leg:")]
    of = "" if reading.runs == 1 else " First run of the ensemble."
    parts = []
    if not routes.empty:
        names = {f"route:{i}": n for i, n in reading.names("route").items()}
        figure, ax = new_figure(9.0, 3.2)
        awareness(ax, routes, reading.start, reading.months, names)
        parts.append(
            figure_html(
                figure,
                "awareness",
                "Awareness of routes",
                f"Share of travellers who know of a route, by week (true).{of}",
                _weekly("Awareness of routes at the end of the month; %", routes, names, reading),
            )
        )
    if not legs.empty:
        names = {f"leg:{i}": n for i, n in reading.names("leg").items()}
        figure, ax = new_figure()
        beliefs(ax, legs, reading.start, reading.months, names)
        parts.append(
            figure_html(
                figure,
                "beliefs",
                "Believed chance of being stopped, by controlled leg",
                "Mean belief by week; the legs whose belief moved most are named. What was "
                f"believed stands beside what was true in the numbers of this figure.{of}",
                _believed(legs, names),
            )
        )
    return "".join(parts)


def _weekly(caption: str, frame: pd.DataFrame, names: dict[str, str], reading: Reading) -> str:
    months = frame.assign(month=month_of_day(reading.start, frame["week"] * 7))
    last = months.sort_values("week").groupby(["month", "subject"])["value"].last()
    wide = last.unstack("subject")
    rows: list[list[object]] = [
        [month_name(str(m)), *(count(100 * float(v), 1) for v in r)]
        for m, r in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return table(caption, ["month", *(names.get(str(s), str(s)) for s in wide.columns)], rows)


def _believed(legs: pd.DataFrame, names: dict[str, str]) -> str:
    ends = legs.sort_values("week").groupby("subject")
    rows = [
        [
            names.get(str(s), str(s)),
            count(100 * float(own["value"].iloc[0]), 1),
            count(100 * float(own["value"].iloc[-1]), 1),
            count(100 * float(own["truth"].mean()), 1),
        ]
        for s, own in ends
    ]
    return table(
        "Believed and true chance of being stopped; %",
        ["leg", "believed, first week", "believed, last week", "true, mean over weeks"],
        rows,
    )
