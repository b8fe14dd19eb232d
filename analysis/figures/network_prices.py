"""What smuggling networks charge, by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.series import draw_apart, finish
from analysis.figures.style import count_axis, month_axis, plain


def network_prices(
    ax: Axes, networks: pd.DataFrame, months: Sequence[str], names: Mapping[str, str]
) -> Axes:
    """Draw the mean price per person carried on a leg, by network and month.

    Args:
        ax: Axes drawn on.
        networks: Columns replicate, month, network, price (EUR, NaN where nobody was carried),
            carried (``outcomes.networks_by_month``).
        months: Months of the axis, ``YYYY-MM``. A month without a price is a gap.
        names: Label by network id; its order gives each network its look in every figure.
    """
    ends = draw_apart(ax, networks, "network", "price", "carried", months, names, list(names))
    plain(ax, "month", "mean price of a leg (EUR per person)")
    month_axis(ax, months)
    count_axis(ax)
    return finish(ax, ends)
