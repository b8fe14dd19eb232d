"""A cooperation centre's return as a drawing: requests by kind, and load by hour of the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from analysis.figures.bars import bars
from analysis.figures.style import GRID, INK, MUTED, count_axis, look, number, plain

#: Kinds of request; the position is the look, the same on every page.
KINDS = (
    "identity", "document", "vehicle", "readmission", "smuggling_intelligence", "contraband",
    "other",
)  # fmt: skip
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: One hue, light to dark, so that it reads in grey too.
_LOAD = LinearSegmentedColormap.from_list("load", ["#EAF2F8", "#56B4E9", "#0072B2", "#00334F"])


def requests_by_country(
    ax: Axes, counts: pd.DataFrame, kinds: Sequence[str], names: Mapping[str, str]
) -> Axes:
    """Draw, two bars a country, requests out and in, divided by kind.

    Args:
        ax: Axes drawn on.
        counts: Columns country, direction (out, in) and one a kind (requests).
        kinds: Kinds in the order drawn.
        names: Label by kind.
    """
    y, left = np.arange(len(counts)), np.zeros(len(counts))
    for kind in kinds:
        part = counts[kind].to_numpy(dtype=float)
        style = look(KINDS.index(kind))
        bars(ax, y, left, part, style, width=0.72, linewidth=0.4, label=names.get(kind, kind))
        left = left + part
    for at, total in zip(y, left, strict=True):
        ax.annotate(number(total), (total, at), (3, 0), textcoords="offset points", va="center",
                    fontsize=8, color=INK)  # fmt: skip
    plain(ax, "requests in the whole run", "", grid="x")
    ax.set_yticks(y, [f"{r.country}, {r.direction}" for r in counts.itertuples()])
    ax.set_ylim(len(counts) - 0.4, -0.6)
    count_axis(ax, "x")
    ax.set_xlim(0, max(float(left.max(initial=1.0)) * 1.14, 1.0))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.01), ncols=4, frameon=False, fontsize=8,
              labelcolor=INK, handlelength=1.3, columnspacing=1.0, borderaxespad=0.2)  # fmt: skip
    return ax


def load_by_hour(ax: Axes, load: np.ndarray) -> Axes:
    """Draw the share of officers' time at work on requests, by day and hour of the week.

    Args:
        ax: Axes drawn on.
        load: Shape (168,), Monday 00:00 first; NaN where nobody was on duty.
    """
    grid = np.ma.masked_invalid(load.reshape(7, 24))
    top = float(np.nanmax(load)) if np.isfinite(load).any() else 1.0
    top = max(top, 0.05)
    ax.set_facecolor("white")
    image = ax.pcolormesh(np.arange(25), np.arange(8), grid, cmap=_LOAD, vmin=0, vmax=top,
                          edgecolors="white", linewidth=0.4)  # fmt: skip
    day, hour = np.nonzero(np.ma.getmaskarray(grid))
    if day.size:
        ax.plot(hour + 0.5, day + 0.5, marker="x", markersize=2.5, color=GRID, linestyle="")
    ax.set_ylim(7, 0)
    ax.set_yticks(np.arange(7) + 0.5, DAYS)
    ax.set_xticks(range(0, 25, 4), [f"{h:02d}" for h in range(0, 25, 4)])
    for side in ax.spines.values():
        side.set_visible(False)
    ax.tick_params(colors=INK, labelsize=8.5, length=3, color=MUTED)
    ax.set_xlabel("hour of the day, civil time (x: nobody on duty)", fontsize=9, color=INK)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.05, pad=0.03)
    bar.ax.tick_params(labelsize=8, color=MUTED, colors=INK)
    bar.set_label("load per officer (%)", fontsize=8.5, color=INK)
    bar.ax.yaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f}")
    bar.outline.set_visible(False)
    return ax
