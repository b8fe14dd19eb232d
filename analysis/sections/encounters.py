"""The green border: what became of those who tried, sector by sector."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.drawing import figure_html
from analysis.figures import encounters as draw
from analysis.figures.encounters import ROWS, WORDS
from analysis.figures.style import new_figure, number, share
from analysis.outcomes import ENCOUNTERS, encounters_by_outcome, encounters_by_sector
from analysis.page import Section, count, items, paragraph, table
from analysis.reading import Reading
from analysis.sections.months import by_month


def encounters(reading: Reading) -> Section:
    """Return the section on the green border."""
    title = "Encounters at the green border"
    frame = reading.encounters
    if frame is None or frame["tried"].sum() == 0:
        return Section(
            "encounters",
            title,
            paragraph(
                "Nobody tried a sector of the green border in this run: 0 interceptions, and 0 "
                "persons returned outside procedure."
            ),
        )
    rows = encounters_by_sector(frame)
    names = reading.names("sector")
    many = "" if reading.runs == 1 else f" Means of {reading.runs} runs."
    height = 1.1 + 0.27 * min(len(rows), ROWS) + (0.9 if len(rows) < 5 else 0.0)
    figure, ax = new_figure(9.0, height, left=2.95, right=2.35, above=0.32)
    draw(ax, rows, names)
    words = (
        "Each attempt of a person ends in one of five ways. One person may try, and count, "
        "several times. A return outside procedure is a harm, never an interception nor a "
        f"success.{many}"
    )
    drawing = figure_html(
        figure,
        "encounters",
        "What became of attempts, by sector",
        words,
        _table(rows, names, reading.runs),
    )
    months = by_month(
        "Attempts by month and what became of them; persons",
        encounters_by_outcome(frame),
        "outcome",
        "persons",
        reading.months,
        WORDS,
    )
    return Section(
        "encounters",
        title,
        "".join(
            (
                items(encounter_words(rows)),
                drawing,
                f"<details><summary>Encounters by month</summary>{months}</details>",
            )
        ),
    )


def encounter_words(rows: pd.DataFrame) -> list[str]:
    """Return the sum over sectors as sentences, returns outside procedure always among them."""
    tried = float(rows["tried"].sum())
    sums = {o: float(rows[o].sum()) for o in ENCOUNTERS}
    return [
        f"Green border: {number(tried)} attempts of persons. {number(sums['intercepted'])} were "
        f"intercepted and registered ({share(sums['intercepted'] / tried, 1)}).",
        f"{number(sums['aborted'])} turned back on sight of a patrol, {number(sums['lost'])} were "
        f"seen and not reached, {number(sums['not_seen'])} were not seen.",
        f"{number(sums['outside'])} were returned outside procedure "
        f"({share(sums['outside'] / tried, 1)}): a harm, counted as no interception.",
    ]


def _table(rows: pd.DataFrame, label: Mapping[str, str], runs: int) -> str:
    of = "" if runs == 1 else f", means of {runs} runs"
    cells: list[list[object]] = [
        [
            label.get(str(r["sector"]), str(r["sector"])),
            count(r["tried"]),
            *(count(r[o]) for o in ENCOUNTERS),
            count(r["unit_hours"]),
        ]
        for _, r in rows.iterrows()
    ]
    cells.append(
        [
            "all sectors",
            count(float(rows["tried"].sum())),
            *(count(float(rows[o].sum())) for o in ENCOUNTERS),
            count(float(rows["unit_hours"].sum())),
        ]
    )
    return table(
        f"Attempts in the whole run by sector; persons (true{of})",
        ["sector", "tried", *(WORDS[o] for o in ENCOUNTERS), "patrol unit hours"],
        cells,
        kind="total",
    )
