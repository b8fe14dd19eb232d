"""Persons present, by country."""

from __future__ import annotations

from analysis.drawing import figure_html
from analysis.figures import stocks as draw
from analysis.figures.style import month_name, new_figure
from analysis.outcomes import stocks_by_month
from analysis.page import Section, count, paragraph, table
from analysis.reading import Reading
from analysis.sections.months import band_words, by_month


def stocks(reading: Reading) -> Section:
    """Return the section on stocks."""
    title = "Persons present"
    frame = reading.table("stocks")
    if frame is None:
        return Section("stocks", title, paragraph("No stocks were recorded in this run."))
    names = reading.names("country")
    present = stocks_by_month(frame)
    figure, ax = new_figure()
    draw(ax, present, reading.months, names)
    drawing = figure_html(
        figure,
        "stocks",
        "Persons present by country",
        "Persons on the way, waiting, held, in reception or in an asylum procedure at the end of "
        f"each month (true). {band_words(reading.runs)}",
        by_month(
            "Persons present at the end of the month, by country",
            present,
            "country",
            "persons",
            reading.months,
            names,
            level=True,
        ),
    )
    last = str(frame["month"].max())
    end = frame[(frame["month"] == last) & (frame["replicate"] == 0)]
    wide = end.pivot_table(
        index="country", columns="state", values="persons", aggfunc="sum", fill_value=0
    )
    rows = [
        [names.get(str(c), str(c)), *(count(float(v)) for v in r)]
        for c, r in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    of = "" if reading.runs == 1 else ", first run of the ensemble"
    states = table(
        f"Persons by country and state at the end of {month_name(last)} (true{of})",
        ["country", *(str(s).replace("_", " ") for s in wide.columns)],
        rows,
    )
    note = ""
    if reading.switches.get("initial_stocks") is False:
        note = paragraph(
            "Start stocks were switched off (switches.initial_stocks: off): the run "
            "begins with nobody on the way."
        )
    return Section("stocks", title, note + drawing + states)
