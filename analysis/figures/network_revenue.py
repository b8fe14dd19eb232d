"""What smuggling networks take in, by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.series import draw_summed, finish
from analysis.figures.style import count_axis, month_axis, plain


def network_revenue(
    ax: Axes, networks: pd.DataFrame, months: Sequence[str], names: Mapping[str, str]
) -> Axes:
    """Draw revenue by network and month, EUR.

    Args:
        ax: Axes drawn on.
        networks: Columns replicate, month, network, revenue (``outcomes.networks_by_month``).
        months: Months of the axis, ``YYYY-MM``.
        names: Label by network id; its order gives each network its look in every figure.
    """
    ends = draw_summed(ax, networks, "network", "revenue", months, names, list(names))
    plain(ax, "month", "revenue (EUR per month)")
    month_axis(ax, months)
    count_axis(ax)
    return finish(ax, ends)
