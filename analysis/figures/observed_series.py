"""Observed series that have no registered figure beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.series import draw_apart, finish
from analysis.figures.style import count_axis, month_axis, plain


def observed_series(
    ax: Axes, observed: pd.DataFrame, months: Sequence[str], names: Mapping[str, str]
) -> Axes:
    """Draw what the observation rules register, by series and month.

    Args:
        ax: Axes drawn on.
        observed: Rows of ``observed`` with ``replicate``: columns series, month, persons. Series
            may count the same person, so they are never summed.
        months: Months of the axis, ``YYYY-MM``.
        names: Label by series.
    """
    ends = draw_apart(ax, observed, "series", "persons", "persons", months, names)
    plain(ax, "month", "persons registered per month")
    month_axis(ax, months)
    count_axis(ax)
    return finish(ax, ends)
