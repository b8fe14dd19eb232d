"""Shares of borders at a screenline through time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.bars import bars
from analysis.figures.series import collapse, finish, largest, looks_of, ordered
from analysis.figures.style import OTHER, month_axis, plain, share_axis


def route_shares(
    ax: Axes, screenline: pd.DataFrame, months: Sequence[str], order: Sequence[str] = ()
) -> Axes:
    """Draw by month how first outward crossings divide over the borders of one screenline.

    Args:
        ax: Axes drawn on.
        screenline: Rows of ``screenlines`` of one screenline, with ``replicate``: columns month,
            label, persons. Start stocks are not in ``persons`` and so not in the shares.
        months: Months of the axis, ``YYYY-MM``. A month in which nobody crossed is left blank.
        order: Labels in drawing order; others follow by size.
    """
    named = largest(screenline, "label", "persons")
    folded, other = collapse(screenline, "label", "persons", named)
    labels = ordered(named, order)
    wide = (
        folded.pivot_table(
            index="month", columns="label", values="persons", aggfunc="sum", observed=True
        )
        .reindex(list(months))
        .fillna(0.0)
    )
    whole = wide.sum(axis=1).to_numpy(dtype=float)
    x = np.arange(len(months))
    floor = np.zeros(len(months))
    known = np.flatnonzero(whole > 0)
    ends = []
    looks = looks_of(labels, order)
    for label in [*labels, other] if other else labels:
        style = looks.get(label, OTHER)
        part = np.divide(
            wide[label].to_numpy(dtype=float), whole, out=np.zeros(len(months)), where=whole > 0
        )
        bars(ax, x, floor, part, style, width=0.92, upright=True)
        if known.size:
            ends.append((float(floor[known[-1]] + part[known[-1]] / 2), label, style))
        floor = floor + part
    plain(ax, "month", "share of persons crossing (%)")
    month_axis(ax, months)
    ax.set_xlim(-0.5, len(months) - 0.5)
    share_axis(ax)
    return finish(ax, ends, patch=True)
