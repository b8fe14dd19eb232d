"""What travellers believe of controlled legs, through time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.series import finish, last_value, month_position
from analysis.figures.style import (
    NAMED,
    OTHER,
    REST,
    Look,
    look,
    month_axis,
    plain,
    share_axis,
)


def weekly_lines(
    ax: Axes, knowledge: pd.DataFrame, start: date, names: Mapping[str, str]
) -> list[tuple[float, str, Look]]:
    """Draw weekly values by subject; those that moved most are named, the rest thin."""
    wide = knowledge.groupby(["week", "subject"])["value"].median().unstack("subject").sort_index()
    x = month_position(start, wide.index.to_numpy(dtype=np.int64) * 7)
    moved = (wide.max() - wide.min()).fillna(0.0)
    order = sorted(wide.columns, key=lambda s: (-float(moved[s]), str(s)))
    named = order if len(order) <= NAMED + 1 else order[:NAMED]
    rest = [s for s in order if s not in named]
    for subject in rest:
        ax.plot(x, wide[subject].to_numpy(dtype=float), color=REST, linewidth=0.7, alpha=0.8)
    ends = []
    for i, subject in enumerate(named):
        line = wide[subject].to_numpy(dtype=float)
        ax.plot(
            x,
            line,
            color=look(i).colour,
            linestyle=look(i).line,
            linewidth=1.7,
            marker=look(i).marker,
            markersize=4,
            markevery=max(len(x) // 8, 1),
        )
        text = names.get(str(subject), str(subject).split(":", 1)[-1])
        ends.append((last_value(line), text, look(i)))
    if rest:
        middle = float(wide[rest].ffill().iloc[-1].median())
        ends.append((middle, f"other ({len(rest)})", OTHER))
    return [(y if np.isfinite(y) else 0.0, text, style) for y, text, style in ends]


def beliefs(
    ax: Axes,
    knowledge: pd.DataFrame,
    start: date,
    months: Sequence[str],
    names: Mapping[str, str],
) -> Axes:
    """Draw the mean believed chance of being stopped on each controlled leg, by week.

    Args:
        ax: Axes drawn on.
        knowledge: Rows of ``knowledge`` with ``replicate`` whose subject is a leg.
        start: First day of the scenario.
        months: Months of the axis, ``YYYY-MM``.
        names: Label by subject (``leg:ID``).
    """
    ends = weekly_lines(ax, knowledge, start, names)
    plain(ax, "month", "believed chance of being stopped (%)")
    month_axis(ax, months)
    share_axis(ax)
    return finish(ax, ends)
