"""Persons crossing a screenline by month and border, with bands."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.series import draw_summed, finish
from analysis.figures.style import count_axis, month_axis, plain


def flows_through_time(
    ax: Axes, screenline: pd.DataFrame, months: Sequence[str], order: Sequence[str] = ()
) -> Axes:
    """Draw first outward crossings of one screenline by month and border.

    Args:
        ax: Axes drawn on.
        screenline: Rows of ``screenlines`` of one screenline, with ``replicate``: columns month,
            label, persons. More than one replicate draws 5-95 % and 25-75 % bands.
        months: Months of the axis, ``YYYY-MM``.
        order: Labels in drawing order; others follow by size.
    """
    ends = draw_summed(ax, screenline, "label", "persons", months, {}, order)
    plain(ax, "month", "persons per month")
    month_axis(ax, months)
    count_axis(ax)
    return finish(ax, ends)
