"""Joint operations: where they were, what they took, and what they found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures.operation_finds import KINDS, operation_finds
from analysis.figures.style import new_figure, number
from analysis.page import Section, count, items, paragraph, table
from analysis.reading import Reading
from analysis.sections.measures import target_name

#: Rounds drawn and listed; the rest are in the table ``operations``.
LISTED = 40


def operations(reading: Reading) -> Section:
    """Return the section on joint operations: a row a round, with its evaluation."""
    title = "Joint operations"
    frame = reading.table("operations")
    if frame is None or frame.empty:
        words = "No joint operation was ordered in this run, or none has begun."
        return Section(
            "operations",
            title,
            paragraph(f"{words} A plan orders one with a measure of kind joint_operation."),
        )
    frame = frame[frame["replicate"] == 0].sort_values(["begin", "operation", "round"])
    shown = frame.head(LISTED).reset_index(drop=True)
    names = {
        str(m["id"]): str(m.get("summary") or m.get("name") or m["id"])
        for m in (*reading.scenario.get("measures", ()), *reading.scenario.get("history", ()))
    }
    days = [_day(reading, begin) for begin in shown["begin"]]
    labels = [
        f"{operation}, {number(round_)}, {day}"
        for operation, round_, day in zip(shown["operation"], shown["round"], days, strict=True)
    ]
    height = 1.3 + 0.3 * len(shown) + (0.9 if len(shown) < 5 else 0.0)
    figure, ax = new_figure(9.0, height, left=2.3, right=3.2, above=0.2)
    operation_finds(ax, shown, labels)
    of = "" if reading.runs == 1 else " First run of the ensemble."
    drawing = figure_html(
        figure, "operations", "Found at the places of each round",
        f"Everything found there while the round ran, by all officers there.{of}",
        _rounds(shown, names, days, reading),
    )  # fmt: skip
    rest = len(frame) - len(shown)
    more = paragraph(f"{number(rest)} more rounds are in the table operations.") if rest else ""
    return Section("operations", title, items(_words(frame)) + drawing + _tried(shown, days) + more)


def _words(frame: pd.DataFrame) -> list[str]:
    found = {kind: float(frame[kind].sum()) for kind in KINDS}
    cost = frame["cost"].dropna()
    return [
        f"{number(len(frame))} rounds took {number(float(frame['officer_hours'].sum()))} officer "
        f"hours on duty; "
        + (
            "what they cost is not recorded: their orders do not say."
            if cost.empty
            else f"EUR {number(float(cost.sum()))} by their orders"
            + ("." if len(cost) == len(frame) else f", {len(frame) - len(cost)} not recorded.")
        ),
        "Found at their places while they ran: "
        + "; ".join(f"{KINDS[kind]} {number(n)}" for kind, n in found.items())
        + ".",
        "This is an account, not an effect: the officers of the place would have found some of it "
        "without the operation. What an operation changes is the difference of two runs, which "
        "crossborder compare makes.",
    ]


def _rounds(frame: pd.DataFrame, names: dict[str, str], days: list[str], reading: Reading) -> str:
    rows = []
    for day, r in zip(days, frame.to_dict("records"), strict=True):
        places = ", ".join(target_name(t, reading) for t in str(r["places"]).split())
        rows.append([
            names.get(str(r["operation"]), str(r["operation"])), count(r["round"]), day,
            count((r["end"] - r["begin"]) / 24, 1), places, str(r["participants"]),
            count(r["officer_hours"]), count(_none(r["cost"])), *(count(r[k]) for k in KINDS),
        ])  # fmt: skip
    columns = ["operation", "round", "begin", "days", "places", "officers at each",
               "officer hours", "cost (EUR)", "intercepted", "hidden", "forged documents",
               "consignments"]  # fmt: skip
    return table("Rounds of joint operations; persons, consignments", columns, rows, kind="wordy")


def _tried(frame: pd.DataFrame, days: list[str]) -> str:
    """Return who tried there and elsewhere, before and during, with the displacement quotient."""
    rows = []
    for day, r in zip(days, frame.to_dict("records"), strict=True):
        cells: list[Any] = [f"{r['operation']}, round {number(r['round'])}", day]
        for where in ("here", "border", "elsewhere"):
            cells += [count(_none(r[f"tried_{where}_before"])), count(r[f"tried_{where}"])]
        rows.append([*cells, count(_none(r["displacement"]), 2)])
    columns = ["operation", "begin", "there, before", "there, during", "same borders, before",
               "same borders, during", "elsewhere, before", "elsewhere, during",
               "displacement quotient"]  # fmt: skip
    words = (
        "Persons who tried to cross (true), in as long a time before the round and while it ran. "
        "The weighted displacement quotient (Bowers & Johnson 2003) compares the same borders "
        "with the places, both against elsewhere: below 0 others were tried instead, above 0 the "
        "neighbourhood was quieter too. Seasons and chance move it as well."
    )
    caption = "Who tried there, elsewhere on the same borders, and further away"
    return paragraph(words) + table(caption, columns, rows)


def _day(reading: Reading, hour: Any) -> str:
    return (reading.start + timedelta(hours=float(hour))).isoformat()


def _none(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
