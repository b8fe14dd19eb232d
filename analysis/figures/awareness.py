"""How widely routes are known, through time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.beliefs import weekly_lines
from analysis.figures.series import finish
from analysis.figures.style import month_axis, plain, share_axis


def awareness(
    ax: Axes,
    knowledge: pd.DataFrame,
    start: date,
    months: Sequence[str],
    names: Mapping[str, str],
) -> Axes:
    """Draw the share of travellers aware of each route, by week.

    Args:
        ax: Axes drawn on.
        knowledge: Rows of ``knowledge`` with ``replicate`` whose subject is a route.
        start: First day of the scenario.
        months: Months of the axis, ``YYYY-MM``.
        names: Label by subject (``route:ID``).
    """
    ends = weekly_lines(ax, knowledge, start, names)
    plain(ax, "month", "share of travellers aware (%)")
    month_axis(ax, months)
    share_axis(ax)
    return finish(ax, ends)
