"""Bars of one series at once: a series is one artist, however many bars it has."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from analysis.figures.style import Look


def bars(
    ax: Axes, at: np.ndarray, begin: np.ndarray, length: np.ndarray, style: Look, *, width: float,
    upright: bool = False, linewidth: float = 0.0, label: str = "",
) -> None:  # fmt: skip
    """Draw one bar a row from ``begin`` on; the limits of the axes stay as they are.

    Args:
        ax: Axes drawn on.
        at: Middle of each bar across its length, data units.
        begin: Where each bar begins.
        length: How long each bar is.
        style: Colour and hatch of the series.
        width: Width of a bar, data units.
        upright: Whether bars stand; else they lie.
        linewidth: Width of the white edge, points.
        label: What the legend says of the series; "" leaves it out.
    """
    end, low, high = begin + length, at - width / 2, at + width / 2
    along = np.column_stack([begin, end, end, begin])
    across = np.column_stack([low, low, high, high])
    corners = np.stack([across, along] if upright else [along, across], axis=-1)
    ax.add_collection(
        PolyCollection(
            list(corners), facecolor=style.colour, edgecolor="white", hatch=style.hatch,
            linewidth=linewidth, joinstyle="miter", label=label or "_bars",
        ),
        autolim=False,
    )  # fmt: skip
