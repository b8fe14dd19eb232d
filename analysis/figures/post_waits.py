"""Waits of lawful travellers at border crossing points, by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.series import draw_apart, finish
from analysis.figures.style import count_axis, month_axis, plain


def post_waits(
    ax: Axes, waits: pd.DataFrame, months: Sequence[str], names: Mapping[str, str]
) -> Axes:
    """Draw the mean wait of lawful units by post and month; the longest waits are named.

    Args:
        ax: Axes drawn on.
        waits: Columns replicate, month, post, mean_wait (min, NaN where nobody was served)
            (``outcomes.waits_by_month``).
        months: Months of the axis, ``YYYY-MM``.
        names: Label by post id.
    """
    frame = waits.assign(weight=waits["mean_wait"].fillna(0.0))
    ends = draw_apart(ax, frame, "post", "mean_wait", "weight", months, names)
    plain(ax, "month", "mean wait (min)")
    month_axis(ax, months)
    count_axis(ax)
    return finish(ax, ends)
