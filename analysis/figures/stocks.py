"""Persons on the way, by country, at the end of each month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.series import draw_summed, finish
from analysis.figures.style import count_axis, month_axis, plain


def stocks(
    ax: Axes, present: pd.DataFrame, months: Sequence[str], countries: Mapping[str, str]
) -> Axes:
    """Draw persons present by country at the end of each month.

    Args:
        ax: Axes drawn on.
        present: Columns replicate, month, country, persons (``outcomes.stocks_by_month``).
        months: Months of the axis, ``YYYY-MM``; one without any row is a gap.
        countries: Label by country code.
    """
    ends = draw_summed(ax, present, "country", "persons", months, countries, level=True)
    plain(ax, "month", "persons present at the end of the month")
    month_axis(ax, months)
    count_axis(ax)
    return finish(ax, ends)
