"""Tables by month, with the band where there are replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.figures.style import month_name, number
from analysis.outcomes import bands, rows_of
from analysis.page import Cell, count, table


def band_words(runs: int) -> str:
    """Return what a reader must know of the bands of a figure."""
    if runs == 1:
        return "One run: no band, so chance is not shown."
    return (
        f"Lines are medians of {runs} runs; the inner band holds the middle half of them, the "
        "outer band nine in ten."
    )


def band_column(runs: int) -> str:
    """Return the caption's words for what a cell holds."""
    return "one run" if runs == 1 else f"median of {runs} runs, 5-95 % in brackets"


def by_month(
    caption: str,
    frame: pd.DataFrame,
    key: str,
    value: str,
    months: Sequence[str],
    names: Mapping[str, str],
    *,
    level: bool = False,
) -> str:
    """Return a table of counts, a row a month and a column a series, for every series.

    A month without a row is a month with none; with ``level`` one without any row was not
    recorded.
    """
    recorded = set(frame["month"])
    summary = bands(frame, ["month", key], value)
    runs = int(summary["runs"].max()) if len(summary) else 1
    order = list(frame.groupby(key)[value].sum().sort_values(ascending=False).index)
    cells = {(r.month, getattr(r, key)): _cell(r.median, r.low, r.high) for r in rows_of(summary)}
    none, unknown = count(0.0), count(None)
    rows = [
        [
            month_name(m),
            *(cells.get((m, s), unknown if level and m not in recorded else none) for s in order),
        ]
        for m in months
    ]
    columns = ["month", *(names.get(str(s), str(s)) for s in order)]
    return table(f"{caption} ({band_column(runs)})", columns, rows)


def means_by_month(
    caption: str,
    frame: pd.DataFrame,
    key: str,
    value: str,
    months: Sequence[str],
    names: Mapping[str, str],
    digits: int,
) -> str:
    """Return a table of means; a month without a value reads "not recorded"."""
    wide = frame.groupby(["month", key])[value].median().unstack(key)
    order = list(wide.columns)
    values = wide.reindex(list(months)).to_numpy(dtype=float).tolist()
    rows = [
        [month_name(m), *(count(v, digits) for v in r)] for m, r in zip(months, values, strict=True)
    ]
    return table(caption, ["month", *(names.get(str(s), str(s)) for s in order)], rows)


def _cell(median: float, low: float, high: float) -> Cell:
    if low != low:
        return Cell(number(median), numeric=True)
    return Cell(f"{number(median)} ({number(low)}-{number(high)})", numeric=True)
