"""How long journeys took, by the way they went."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.style import INK, count_axis, look, number, plain
from analysis.outcomes import weighted_quantiles


def journey_times(ax: Axes, days: pd.DataFrame, names: Mapping[str, str]) -> Axes:
    """Draw days from entry to arrival by reading: median, 25-75 % and 5-95 % of persons.

    Args:
        ax: Axes drawn on.
        days: Columns reading, persons, days (``outcomes.journey_days``).
        names: Label by reading (cross, adriatic, balkan, other).
    """
    sums = days.groupby("reading")["persons"].sum().sort_values(ascending=False)
    for place, reading in enumerate(sums.index):
        own = days[days["reading"] == reading]
        low, q1, middle, q3, high = weighted_quantiles(
            own["days"], own["persons"], (0.05, 0.25, 0.5, 0.75, 0.95)
        )
        style = look(place)
        ax.plot([low, high], [place, place], color=style.colour, linewidth=1.6)
        ax.plot(
            [q1, q3],
            [place, place],
            color=style.colour,
            linewidth=8,
            alpha=0.55,
            solid_capstyle="butt",
        )
        ax.plot(
            [middle],
            [place],
            marker=style.marker,
            color=style.colour,
            markersize=8,
            markeredgecolor="white",
        )
        ax.annotate(
            f"{number(middle)} days",
            (high, place),
            (7, 0),
            textcoords="offset points",
            fontsize=8.5,
            color=INK,
            va="center",
        )
    plain(ax, "time from entry to arrival (days)", "way taken (persons who arrived)", grid="x")
    ax.set_yticks(
        np.arange(len(sums)),
        [f"{names.get(str(r), str(r))} ({number(float(sums[r]))})" for r in sums.index],
    )
    ax.set_ylim(len(sums) - 0.4, -0.6)
    low, high = ax.get_xlim()
    ax.set_xlim(0, high * 1.12)
    count_axis(ax, "x")
    return ax
