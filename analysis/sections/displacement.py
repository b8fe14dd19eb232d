"""What a single run can and cannot say of displacement."""

from __future__ import annotations

from analysis.page import Cell, Section, count, paragraph, table
from analysis.reading import Reading


def displacement(reading: Reading) -> Section:
    """Return the note on displacement, with attempts by sector early and late in the run."""
    words = paragraph(
        "Displacement is the difference a plan makes: persons who cross elsewhere, later or by "
        "other means because of it. It can only be read from two runs with the same seed, one "
        "with the plan and one without, and is not measured in this report. The table below shows "
        "how attempts moved between sectors within the run; season, arrivals, learning and "
        "measures all move them, so that no single cause can be read from it."
    )
    return Section("displacement", "Displacement", words + _early_and_late(reading))


def _early_and_late(reading: Reading) -> str:
    sectors = reading.encounters
    span = len(reading.months) // 2
    if sectors is None or span == 0:
        return ""
    span = 12 if span >= 12 else span
    runs = sectors["replicate"].nunique()
    sums = [
        sectors[sectors["month"].isin(part)].groupby("sector")["tried"].sum() / runs
        for part in (reading.months[:span], reading.months[-span:])
    ]
    names = reading.names("sector")
    order = sorted(
        set(sums[0].index) | set(sums[1].index),
        key=lambda s: (-abs(float(sums[1].get(s, 0)) - float(sums[0].get(s, 0))), str(s)),
    )
    rows: list[list[object]] = []
    for sector in order:
        first, last = (float(part.get(sector, 0)) for part in sums)
        change = Cell(f"{last - first:+,.0f}" if round(last - first) else "0", numeric=True)
        rows.append([names.get(str(sector), str(sector)), count(first), count(last), change])
    of = "" if reading.runs == 1 else ", mean over runs"
    words = "month" if span == 1 else f"{span} months"
    return table(
        f"Attempts by sector, first and last {words} of the run; persons (true{of})",
        ["sector", f"first {words}", f"last {words}", "difference"],
        rows,
    )
