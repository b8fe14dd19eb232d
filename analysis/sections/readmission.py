"""Readmission: who asked whom to take back how many, and what came of it."""

from __future__ import annotations

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures import case_ends as draw
from analysis.figures.case_ends import ENDS
from analysis.figures.style import new_figure, number
from analysis.page import Section, count, paragraph, table
from analysis.reading import Reading

_PAIR = ["requesting", "requested"]


def readmission(reading: Reading) -> Section:
    """Return the section on readmission."""
    title = "Readmission"
    if reading.switches.get("readmission") is False:
        words = "Readmission was switched off: what follows a stop is data of each border."
        return Section("readmission", title, paragraph(words))
    frame = reading.table("cases")
    if frame is None:
        words = (
            "No case of readmission was opened in this run: no track and agreement in force "
            "covers a stop. What follows a stop is data of each border."
        )
        return Section("readmission", title, paragraph(words))
    frame = frame[frame["replicate"] == 0]
    pairs = by_pair(frame)
    names = reading.names("country")
    figure, ax = new_figure(9.0, 1.3 + 0.4 * max(len(pairs), 5), left=3.1, right=2.35, above=0.32)
    draw(ax, pairs, names)
    of = "" if reading.runs == 1 else ", first run of the ensemble"
    drawing = figure_html(
        figure, "case_ends", "How cases of readmission end, by pair",
        f"Persons in cases by the end of the case (true{of}). A person may be stopped, and count, "
        "several times.",
        _table(pairs, frame, names, of),
    )  # fmt: skip
    return Section("readmission", title, paragraph(_words(frame)) + drawing)


def by_pair(cases: pd.DataFrame) -> pd.DataFrame:
    """Return persons by pair of states and end of the case, the largest pair first."""
    wide = cases.pivot_table(
        index=_PAIR, columns="result", values="persons", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(columns=list(ENDS), fill_value=0)
    order = wide.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return wide.loc[order].reset_index()


def _words(cases: pd.DataFrame) -> str:
    back = cases[cases["result"] == "transferred"]
    claimed = int(cases.loc[cases["result"] == "claimed", "persons"].sum())
    chain = int(cases.loc[cases["chain"], "persons"].sum())
    days = _days(back)
    took = "" if days is None else f", half of them within {number(days)} days of the stop"
    return (
        f"{number(float(back['persons'].sum()))} persons were handed over under an agreement in "
        f"force{took}; {number(claimed)} claimed asylum and left the track; {number(chain)} were "
        "handed over a second time within 14 days by the state that had taken them back (chain "
        "returns). A claim always leaves the track, and no unaccompanied child and no victim in "
        "the reflection period is on it. Returns outside procedure are no readmission and stand "
        "under the green border and in the ledger."
    )


def _days(back: pd.DataFrame) -> float | None:
    return None if back.empty else float(((back["ended"] - back["opened"]) / 24.0).median())


def _table(pairs: pd.DataFrame, cases: pd.DataFrame, names: object, of: str) -> str:
    label = dict(names)  # type: ignore[call-overload]
    rows = []
    for pair in pairs.to_dict("records"):
        mine = cases[(cases["requesting"] == pair["requesting"])
                     & (cases["requested"] == pair["requested"])]  # fmt: skip
        days = _days(mine[mine["result"] == "transferred"])
        rows.append([
            f"{label.get(pair['requesting'], pair['requesting'])} - "
            f"{label.get(pair['requested'], pair['requested'])}",
            *(count(int(pair[end])) for end in ENDS),
            "-" if days is None else count(days, 1),
            count(int(mine.loc[mine["chain"], "persons"].sum())),
        ])  # fmt: skip
    return table(
        f"Persons in cases of readmission (true{of})",
        ["asking - asked", *ENDS.values(), "median days to handover", "chain returns"],
        rows,
    )
